/** One sentence about all lines, for the eye and for screen readers. */

import { byId, seconds, setText } from "./dom.js";

const banner = byId("summary");
let brokenAt = null;
let openedAt = null;
let back = "";
let scheduled = false;

/** Call it when a line was lost or opened, or goes on over the other transport. */
export function summarize(lines, kind) {
  if (kind === "lost") brokenAt ??= Date.now();
  if (kind === "open") openedAt = Date.now();
  if (scheduled) return;
  scheduled = true;
  // Lines that break at once are one sentence.
  setTimeout(() => {
    scheduled = false;
    say(lines);
  }, 150);
}

function say(lines) {
  const open = lines.filter((line) => line.status === "open").length;
  const http = lines.filter((line) => line.transport === "http").length;
  const how = http === 0 ? "" : `, ${http} over HTTP`;
  if (open < lines.length) {
    banner.dataset.state = "some";
    setText(banner, `${open} of ${lines.length} lines open${how}, coming back…`);
    return;
  }
  banner.dataset.state = "all";
  if (brokenAt !== null) back = ` again after ${seconds(openedAt - brokenAt)}`;
  brokenAt = null;
  setText(banner, `All ${lines.length} lines open${back}${how}`);
}
