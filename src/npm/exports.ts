/** What every entry point exports. */
export type {
  Heartbeat,
  Options,
  ProtocolsProvider,
  UrlProvider,
} from "./options.js";
export type { Message } from "./message.js";
export {
  type DroppedDetail,
  type EventMap,
  type FailedDetail,
  ReconnectingWebSocket,
  ReconnectingWebSocket as WebSocket,
  type ReconnectingDetail,
  type Stats,
  type Status,
} from "./socket.js";

/** This package's version. */
export const version: string = "0.1.0";
