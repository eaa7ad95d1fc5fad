import { init, ReconnectingWebSocket } from "everline/wasm";
import { server, tell } from "./here.js";
import { talk } from "./talk.js";

init()
  .then(() => talk(ReconnectingWebSocket, server))
  .then(tell, tell);
