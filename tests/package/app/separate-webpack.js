import { init, ReconnectingWebSocket } from "everline/wasm";
import { server, tell } from "./here.js";
import { talk } from "./talk.js";

init(new URL("everline/everline_bg.wasm", import.meta.url))
  .then(() => talk(ReconnectingWebSocket, server))
  .then(tell, tell);
