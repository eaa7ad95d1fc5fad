import { ReconnectingWebSocket } from "everline";
import { talk } from "./talk.js";

addEventListener("message", (event) => {
  const answered = talk(ReconnectingWebSocket, event.data);
  event.waitUntil(answered.then((outcome) => event.source.postMessage(outcome)));
});
