/** Chat: what is written while the line is down waits in sight, then leaves in order. */

import { appendFollowing, byId, clockTime, element, setText } from "./dom.js";

const LIMIT = 200;
const me = `guest ${1000 + Math.floor(Math.random() * 9000)}`;

export function showChat(line) {
  const log = byId("chat-log");
  const input = byId("chat-text");
  /** Written here and not yet seen coming back, oldest first. */
  const waiting = [];
  /** The last messages that were heard: HTTP catches up on some of them once more. */
  const known = new Set();

  byId("chat-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    input.value = "";
    if (text === "") return;
    const sent = line.socket.send(JSON.stringify({ type: "chat", from: me, text }));
    const item = addMessage(me, text, line.transport ? "on its way" : "waits for the line");
    item.dataset.state = "waiting";
    waiting.push({ text, item, risked: sent && line.transport === "websocket" });
    log.scrollTop = log.scrollHeight;
    tell();
  });

  line.onJson((message) => {
    if (message.type !== "chat" || !isNew(message)) return;
    const own = message.from === me ? waiting.findIndex(({ text }) => text === message.text) : -1;
    const item =
      own === -1 ? addMessage(message.from, message.text, "") : waiting.splice(own, 1)[0].item;
    item.dataset.state = "sent";
    setText(item.querySelector("small"), clockTime(message.at));
    tell();
  });

  for (const type of ["open", "transportchange"]) {
    line.socket.addEventListener(type, () => {
      for (const message of waiting.filter(({ risked }) => !risked)) {
        message.risked = line.transport === "websocket";
        setText(message.item.querySelector("small"), "on its way");
      }
    });
  }

  // A plain WebSocket delivers at most once: what had left when the line broke may be lost. What
  // had left by HTTP is repeated until it is answered.
  line.socket.addEventListener("close", () => {
    for (const { item, risked } of waiting) {
      setText(item.querySelector("small"), risked ? "not confirmed" : "waits for the line");
    }
  });

  function isNew({ from, at }) {
    const key = `${from} ${at}`;
    if (known.has(key)) return false;
    known.add(key);
    if (known.size > LIMIT) known.delete(known.values().next().value);
    return true;
  }

  function tell() {
    const count = waiting.length;
    setText(byId("chat-state"), count === 0 ? "Nothing waits" : `${count} waiting`);
  }

  function addMessage(from, text, mark) {
    const item = element(
      "li",
      from === me ? { class: "own" } : {},
      element("b", {}, from),
      " ",
      element("span", {}, text),
      " ",
      element("small", {}, mark),
    );
    appendFollowing(log, item, LIMIT);
    return item;
  }
}
