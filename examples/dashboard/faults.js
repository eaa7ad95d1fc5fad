/** Controls that break things on purpose: POST /faults/… on a server started with --faults. */

import { byId, clockTime, setText } from "./dom.js";
import { note } from "./journal.js";
import { address } from "./server.js";
import { flagFault } from "./timeline.js";

const ANSWERS = {
  hang: "hang",
  500: "get a 500",
  503: "get a 503",
  refuse: "are refused",
  lose: "lose their answers",
  buffer: "are answered when all is said",
};
const UNTIL_UNBLOCKED = 0;
const block = (mode, duration = 10_000) => [
  ["handshake", { mode, for: duration }],
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
  "block-websocket": { label: "block WS", requests: block("refuse", UNTIL_UNBLOCKED) },
  restart: { label: "restart", requests: [["restart", { down: 3000 }]] },
  crash: { label: "hard restart", requests: [["restart", { down: 3000, hard: true }]] },
  forget: { label: "forget", requests: [["restart", { down: 3000, hard: true, forget: true }]] },
};

const said = byId("fault-state");
const httpMode = byId("fault-http");
/** What the last button did. */
let done = "";
let nextLook;
/** The lines that HTTP can carry. */
let lines;

/** Wires them. What happens to these lines may be another page's fault, or the server's end. */
export function showFaults(switching) {
  lines = switching;
  byId("faults").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-fault]");
    if (!button) return;
    const isPressed = button.getAttribute("aria-pressed") === "true";
    const fault = FAULTS[isPressed ? "unblock" : button.dataset.fault];
    cause(`${isPressed ? "released" : "pressed"} “${button.textContent.trim()}”`, fault);
  });
  httpMode.addEventListener("change", () => {
    const [{ label }] = httpMode.selectedOptions;
    cause(`chose “${label}”`, { label, requests: [["http", { mode: httpMode.value }]] });
  });
  for (const { socket } of lines) {
    for (const type of ["open", "transportchange"]) socket.addEventListener(type, look);
  }
  look();
}

/** Nothing waits for the answer: the next button works at once. */
async function cause(deed, { label, target, requests }) {
  const endpoint = target ? byId("fault-target").value : "";
  flagFault(label);
  note("fault", endpoint || "all lines", `you ${deed}`);
  setText(said, `You ${deed}: asked.`);
  let state = null;
  for (const [path, parameters] of requests) {
    const all = endpoint ? { ...parameters, endpoint } : parameters;
    state = await ask("POST", `/faults/${path}`, all);
  }
  done = `You ${deed}: done.`;
  if (state) report(state);
}

async function look() {
  const state = await ask("GET", "/faults");
  if (state) report(state);
}

/** Says what is on, and looks again when that should be over. */
function report({ handshake, http, muted }) {
  const { mode, remaining } = handshake;
  const isBlocked = mode === "refuse" && remaining === null;
  byId("block-websocket").setAttribute("aria-pressed", isBlocked);
  httpMode.value = http.mode;

  const on = [];
  const until = remaining ? ` until ${clockTime(Date.now() + remaining)}` : "";
  if (isBlocked) on.push("WebSockets are blocked");
  else if (mode !== "none") on.push(`upgrades ${ANSWERS[mode]}${until}`);
  if (http.mode !== "none") on.push(`HTTP requests ${ANSWERS[http.mode]}`);
  if (muted > 0) on.push(`${muted} connection${muted === 1 ? "" : "s"} muted`);

  const sentences = [done];
  if (on.length > 0) sentences.push(`On now: ${on.join(", ")}.`);
  const onHttp = lines.filter(({ transport }) => transport === "http");
  if (mode === "none" && onHttp.length > 0) {
    const names = onHttp.map(({ name }) => name).join(", ");
    sentences.push(`Back to WebSocket at the next try: ${names}.`);
  }
  setText(said, sentences.join(" ").trim() || "No fault is on.");

  clearTimeout(nextLook);
  if (!remaining && muted === 0) return;
  nextLook = setTimeout(() => {
    done = "";
    look();
  }, remaining || 1000);
}

/** The fault state that the server answers with, or null and the reason on the page. */
async function ask(method, path, parameters) {
  try {
    const response = await fetch(address(path, parameters), { method });
    const isOffered = response.status !== 404;
    for (const group of byId("faults").querySelectorAll("fieldset")) group.disabled = !isOffered;
    if (response.ok) return await response.json();
    setText(
      said,
      isOffered
        ? `The server answered ${response.status}: ${await response.text()}`
        : "This server was started without --faults: use `npm start` to have these buttons.",
    );
  } catch {
    setText(said, "The server does not answer now; the lines keep trying.");
  }
  return null;
}
