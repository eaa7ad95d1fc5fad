/** What every entry point exports. */

export * from "./audio/exports.js";
export * from "./errors/exports.js";
export type { Message } from "./message.js";
export type {
  Fallback,
  Heartbeat,
  Options,
  ProtocolsProvider,
  Session,
  UrlProvider,
} from "./options.js";
export {
  type DroppedDetail,
  type ErrorEvent,
  type EventMap,
  type FailedDetail,
  type FallbackError,
  type ReconnectingDetail,
  ReconnectingWebSocket,
  ReconnectingWebSocket as WebSocket,
  type ResetDetail,
  type SendOptions,
  type Stats,
  type Status,
  type Transport,
  type TransportChangeDetail,
} from "./socket.js";

/** By the name that other packages have for it. */
export type CloseEvent = globalThis.CloseEvent;

/** This package's version. */
export const version: string = "0.1.0";
