/** Fresh platform events, also where the platform lacks one. */

interface CloseInit {
  code: number;
  reason: string;
  wasClean: boolean;
}

/** Node has `CloseEvent` only since version 23. */
class PlainCloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(type: string, { code, reason, wasClean }: CloseInit) {
    super(type);
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

export function closeEvent(code: number, reason = "", wasClean = false): CloseEvent {
  const Class = globalThis.CloseEvent ?? PlainCloseEvent;
  return new Class("close", { code, reason, wasClean });
}

/**
 * The platform's `error` event says nothing, so that a page cannot scan the network. What we know
 * ourselves is added: `message`, and `error` if something was thrown.
 */
export function errorEvent(known?: { message: string; error?: unknown }): Event {
  const event = new Event("error");
  return known ? Object.assign(event, known) : event;
}
