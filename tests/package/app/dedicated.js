import { ReconnectingWebSocket } from "everline";
import { talk } from "./talk.js";

self.onmessage = async ({ data }) => self.postMessage(await talk(ReconnectingWebSocket, data));
