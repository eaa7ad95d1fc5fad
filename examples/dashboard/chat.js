/** Chat: what is written while the line is down waits in sight, then leaves in order. */

import { appendFollowing, byId, clockTime, element, setText } from "./dom.js";

const LIMIT = 200;
const me = `guest ${1000 + Math.floor(Math.random() * 9000)}`;

export function showChat(line) {
  const log = byId("chat-log");
  const input = byId("chat-text");
  /** Written here and not yet seen coming back, oldest first. */
  const waiting = [];

  byId("chat-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    input.value = "";
    if (text === "") return;
    const sent = line.socket.send(JSON.stringify({ type: "chat", from: me, text }));
    const item = addMessage(me, text, sent ? "on its way" : "waits for the line");
    item.dataset.state = "waiting";
    waiting.push({ text, item, sent });
    log.scrollTop = log.scrollHeight;
    tell();
  });

  line.onJson((message) => {
    if (message.type !== "chat") return;
    const own = message.from === me ? waiting.findIndex(({ text }) => text === message.text) : -1;
    const item =
      own === -1 ? addMessage(message.from, message.text, "") : waiting.splice(own, 1)[0].item;
    item.dataset.state = "sent";
    setText(item.querySelector("small"), clockTime(message.at));
    tell();
  });

  line.socket.addEventListener("open", () => {
    for (const message of waiting.filter(({ sent }) => !sent)) {
      message.sent = true;
      setText(message.item.querySelector("small"), "on its way");
    }
  });

  // A plain WebSocket delivers at most once: what had left when the line broke may be lost.
  line.socket.addEventListener("close", () => {
    for (const { item } of waiting.filter(({ sent }) => sent)) {
      setText(item.querySelector("small"), "not confirmed");
    }
  });

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
