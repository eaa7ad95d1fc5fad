/** Buttons that break things on purpose: POST /faults/… on a server started with --faults. */

import { byId, clockTime, setText } from "./dom.js";
import { note } from "./journal.js";
import { address } from "./server.js";
import { flagFault } from "./timeline.js";

const UPGRADES = { hang: "hang", 500: "get a 500", refuse: "are refused" };
const BLOCKED_FOR = 10_000;
const block = (mode) => [
  ["handshake", { mode, for: BLOCKED_FOR }],
  ["drop", {}],
];

/** What each button asks of the server, in order; `target` limits it to one endpoint. */
const FAULTS = {
  drop: { label: "drop", target: true, requests: [["drop", {}]] },
  close: { label: "4001", target: true, requests: [["close", { code: 4001, reason: "fault" }]] },
  mute: { label: "mute", target: true, requests: [["mute", { for: 8000 }]] },
  hang: { label: "hang", requests: block("hang") },
  500: { label: "500", requests: block("500") },
  refuse: { label: "refuse", requests: block("refuse") },
  unblock: { label: "unblock", requests: [["handshake", { mode: "none" }]] },
  restart: { label: "restart", requests: [["restart", { down: 3000 }]] },
  crash: { label: "hard restart", requests: [["restart", { down: 3000, hard: true }]] },
};

const said = byId("fault-state");
/** Whether the last request was answered by a server with --faults. */
let answered = false;
let nextLook;

/** Wires the buttons; `line` tells when the server is back. */
export function showFaults(line) {
  byId("faults").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-fault]");
    if (button) cause(button.textContent, FAULTS[button.dataset.fault]);
  });
  // The server that is back after a loss may have been started with --faults this time.
  line.socket.addEventListener("open", () => {
    if (!answered && line.socket.stats().opens > 1) look();
  });
  look();
}

/** Nothing waits for the answer: the next button works at once. */
async function cause(name, { label, target, requests }) {
  const endpoint = target ? byId("fault-target").value : "";
  flagFault(label);
  note("fault", endpoint || "all lines", `you pressed “${name}”`);
  setText(said, `${name}: asked.`);
  let state = null;
  for (const [path, parameters] of requests) {
    const all = endpoint ? { ...parameters, endpoint } : parameters;
    state = await ask("POST", `/faults/${path}`, all);
  }
  if (state) report(state, `${name}: done. `);
}

async function look() {
  const state = await ask("GET", "/faults");
  if (state) report(state);
}

/** Says what is on, and looks again when that should be over. */
function report({ handshake: { mode, remaining }, muted }, before = "") {
  const on = [];
  const until = remaining ? ` until ${clockTime(Date.now() + remaining)}` : "";
  if (mode !== "none") on.push(`upgrades ${UPGRADES[mode]}${until}`);
  if (muted > 0) on.push(`${muted} connection${muted === 1 ? "" : "s"} muted`);
  const now = on.length === 0 ? "" : `On now: ${on.join(", ")}.`;
  setText(said, before + now || "No fault is on.");
  clearTimeout(nextLook);
  if (remaining || muted > 0) nextLook = setTimeout(look, remaining || 1000);
}

/** The fault state that the server answers with, or null and the reason on the page. */
async function ask(method, path, parameters) {
  try {
    const response = await fetch(address(path, parameters), { method });
    answered = response.status !== 404;
    for (const group of byId("faults").querySelectorAll("fieldset")) group.disabled = !answered;
    if (response.ok) return await response.json();
    setText(
      said,
      answered
        ? `The server answered ${response.status}: ${await response.text()}`
        : "This server was started without --faults: use `npm start` to have these buttons.",
    );
  } catch {
    answered = false;
    setText(said, "The server does not answer now; the lines keep trying.");
  }
  return null;
}
