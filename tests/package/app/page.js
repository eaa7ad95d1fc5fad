import { ReconnectingWebSocket } from "everline";
import { server, tell } from "./here.js";
import { talk } from "./talk.js";

talk(ReconnectingWebSocket, server).then(tell);
