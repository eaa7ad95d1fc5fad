/** What happened, as a list of sentences. */

import { byId, clockTime, element } from "./dom.js";

const LIMIT = 200;
const list = byId("journal");

/**
 * Adds one line, newest first; `kind` is open, http, websocket, lost, retry, failed, request,
 * dropped, reset or fault.
 */
export function note(kind, subject, text) {
  list.prepend(
    element(
      "li",
      { "data-kind": kind },
      element("time", {}, clockTime(Date.now())),
      " ",
      element("b", {}, subject),
      " ",
      element("span", {}, text),
    ),
  );
  while (list.childElementCount > LIMIT) list.lastElementChild.remove();
}
