/** One sentence about all lines, for the eye and for screen readers. */

import { byId, seconds, setText } from "./dom.js";

const banner = byId("summary");
let brokenAt = null;
let openedAt = null;
let scheduled = false;

/** Call it when a line was lost or opened. */
export function summarize(lines, kind) {
  if (kind === "lost") brokenAt ??= Date.now();
  if (kind === "open") openedAt = Date.now();
  if (scheduled) return;
  scheduled = true;
  // Four lines that break at once are one sentence, not four.
  setTimeout(() => {
    scheduled = false;
    say(lines);
  }, 150);
}

function say(lines) {
  const open = lines.filter((line) => line.status === "open").length;
  if (open < lines.length) {
    banner.dataset.state = "some";
    setText(banner, `${open} of ${lines.length} lines open, coming back…`);
    return;
  }
  banner.dataset.state = "all";
  const back = brokenAt === null ? "" : ` again after ${seconds(openedAt - brokenAt)}`;
  brokenAt = null;
  setText(banner, `All ${lines.length} lines open${back}`);
}
