import { ReconnectingWebSocket } from "everline";
import { talk } from "./talk.js";

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = async ({ data }) => port.postMessage(await talk(ReconnectingWebSocket, data));
};
