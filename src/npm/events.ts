/** Fresh platform events, also where the platform lacks one. */

export function closeEvent(code: number, reason = "", wasClean = false): CloseEvent {
  const { CloseEvent } = globalThis;
  const init = { code, reason, wasClean };
  // Node has it only since version 23.
  return CloseEvent ? new CloseEvent("close", init) : Object.assign(new Event("close"), init);
}

/**
 * The platform's `error` event says nothing, so that a page cannot scan the network. What we know
 * ourselves is added: `message`, and `error` if something was thrown.
 */
export function errorEvent(known?: { message: string; error?: unknown }): Event {
  const event = new Event("error");
  return known ? Object.assign(event, known) : event;
}
