/** What carries messages, and why things happen, in words. */

export const TRANSPORTS = { websocket: "WebSocket", http: "HTTP", "": "–" };

/** Why a line was lost, or went over to the other transport. */
export const CAUSES = {
  handshake: "no connection",
  timeout: "no answer in time",
  provider: "no address",
  close: "connection lost",
  heartbeat: "heartbeat unanswered",
  page: "page put away",
  http: "HTTP lost, too",
  remembered: "it was what worked last",
  recovered: "it works again",
};

/** Why a line gave up. */
export const FAILURES = {
  "max-retries": "no tries left",
  invalid: "the address is refused",
  "final-code": "the close code is final",
  "should-reconnect": "the page decided so",
};

/** Why messages were dropped. */
export const DROPS = {
  overflow: "too many waited",
  expired: "they waited too long",
  rejected: "the server refused them",
  unconfirmed: "sent, but never answered",
};

/** What becomes of the messages of a session that ended, from the detail of `reset`. */
export function resetText({ delivered, undelivered, exact }) {
  if (delivered.length + undelivered.length === 0) return "new session; nothing was unconfirmed";
  const again = `${undelivered.length} sent again`;
  const known = exact ? `${delivered.length} had arrived, ${again}` : `${again}, may have arrived`;
  return `new session; of what was unconfirmed, ${known}`;
}

const REQUEST_FAILURES = {
  network: "was not answered",
  timeout: "was not answered in time",
  redirect: "was sent elsewhere",
  type: "was answered with a web page",
  body: "was answered in part",
  provider: "has no address",
};

/** What became of a request of the fallback, from its `FallbackError`. */
export function requestFailure({ kind, status }) {
  return `a request ${REQUEST_FAILURES[kind] ?? `was answered with ${status}`}`;
}

/** Why audio is missing. */
export const GAPS = {
  overflow: "the line was down for too long",
  "connection-lost": "it was on its way when the line was lost",
  "spill-failed": "nobody took it",
  closed: "it was stopped before it could be sent",
};

/** Why there is no microphone, from the code of an `AudioCaptureError`. */
export const CAPTURE_FAILURES = {
  refused: "The microphone may not be used: allow it for this page, then press again.",
  missing: "There is no microphone. A file can be dropped in instead.",
  busy: "The microphone does not work, or another program has it.",
  unplugged: "The microphone was unplugged. Press again to go on with another.",
  unsupported: "This page cannot record: it takes a newer browser, and https or localhost.",
};
