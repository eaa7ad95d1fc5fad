/** The server's own log. Every new reader gets its recent lines first: known ones are skipped. */

import { appendFollowing, byId, clockTime, element } from "./dom.js";

const LIMIT = 200;

export function showLogs(line) {
  const log = byId("log");
  /** The times of the lines, which the server keeps apart by fractions of a millisecond. */
  const known = new Set();

  line.onJson(({ type, level, message, at }) => {
    if (type !== "log_message" || known.has(at)) return;
    known.add(at);
    if (known.size > LIMIT) known.delete(known.values().next().value);
    appendFollowing(
      log,
      element(
        "li",
        { "data-level": level },
        element("time", {}, clockTime(at)),
        " ",
        element("b", {}, level),
        " ",
        element("span", {}, message),
      ),
      LIMIT,
    );
  });
}
