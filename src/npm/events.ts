/** Fresh platform events, also where the platform lacks one. */

export function closeEvent(code: number, reason = "", wasClean = false): CloseEvent {
  const { CloseEvent } = globalThis;
  const init = { code, reason, wasClean };
  // Node has it only since version 23.
  return CloseEvent ? new CloseEvent("close", init) : Object.assign(new Event("close"), init);
}

/** Importing does no harm where there is none. */
const PlatformMessage: new (type: string, init: MessageEventInit) => MessageEvent =
  globalThis.MessageEvent ?? Event;

/**
 * A message that has its origin beside it, for Chromium: its own constructor parses an origin anew for
 * each message, which costs as much as the rest of the event.
 */
class SocketMessage extends PlatformMessage {
  #origin: string;

  constructor(data: unknown, origin: string) {
    super("message", { data });
    this.#origin = origin;
  }

  override get origin(): string {
    return this.#origin;
  }
}
// For the page it is the platform's.
Object.defineProperties(SocketMessage.prototype, {
  constructor: { value: PlatformMessage },
  origin: { enumerable: true },
});

/** No other engine has it, and in others a class of one's own costs more than it saves. */
const isChromium = "userAgentData" in (globalThis.navigator ?? {});

/** Of its other fields, a WebSocket's messages have none. */
export function messageEvent(data: unknown, origin: string): MessageEvent {
  return isChromium
    ? new SocketMessage(data, origin)
    : new PlatformMessage("message", { data, origin });
}

/**
 * The platform's `error` event says nothing, so that a page cannot scan the network. What we know
 * ourselves is added: `message`, and `error` if something was thrown.
 */
export function errorEvent(known?: { message: string; error?: unknown }): Event {
  const event = new Event("error");
  return known ? Object.assign(event, known) : event;
}
