import wasm from "everline/everline_bg.wasm?url";
import { init, ReconnectingWebSocket } from "everline/wasm";
import { server, tell } from "./here.js";
import { talk } from "./talk.js";

init(wasm)
  .then(() => talk(ReconnectingWebSocket, server))
  .then(tell, tell);
