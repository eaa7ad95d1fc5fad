/** A session: numbers run both ways, and each must arrive exactly once and in order. */

import { byId, setText, size } from "./dom.js";
import { ReportedTally, Tally } from "./tally.js";
import { everyTick } from "./ticker.js";
import { resetText, TRANSPORTS } from "./words.js";

/** Between two numbers of the page, in ms. */
const PAUSE = 100;
/** With more bytes than this unconfirmed the page stops counting until the server has caught up. */
const ENOUGH = 65_536;
/** Between two messages that the server sends back, in ms: they measure the round trip. */
const ECHO_PAUSE = 2000;

/** What the server is asked for in the URL. */
export const COUNTER = { app: "counter", rate: 1000 / PAUSE };

export function showSession(line) {
  const { socket } = line;
  /** What the page counts, and what the server says that it counts. */
  const down = new Tally();
  const up = new ReportedTally();
  let next = 1;
  let resets = 0;
  /** When the echo was asked for that is awaited. */
  let asked = null;

  const send = (message) => socket.send(JSON.stringify(message));

  setInterval(() => {
    if (socket.bufferedAmount > ENOUGH) return;
    send({ type: "count", n: next });
    next += 1;
  }, PAUSE);

  setInterval(() => {
    if (line.status !== "open" || asked !== null) return;
    asked = performance.now();
    send({ type: "echo", at: asked });
  }, ECHO_PAUSE);

  line.onJson((message) => {
    if (message.type === "count") {
      down.check(message.n);
      up.report(message);
    } else if (message.type === "echo" && message.at === asked) {
      line.addTrip(performance.now() - asked);
      asked = null;
    }
  });

  // One that has to wait for another connection says nothing of how fast this one is.
  for (const type of ["close", "transportchange"]) {
    socket.addEventListener(type, () => {
      asked = null;
    });
  }

  socket.addEventListener("reset", ({ detail }) => {
    resets += 1;
    down.restart();
    const [first] = numbers(detail.undelivered);
    up.restart(first ?? numbers(detail.delivered).at(-1) + 1);
    setText(byId("session-reset"), `${resetText(detail)}.`);
  });

  everyTick(() => {
    const { replayed, duplicates } = socket.stats();
    const wrong = showTally("session-down", down) + showTally("session-up", up);
    const verdict = byId("session-verdict");
    verdict.dataset.state = wrong === 0 ? "right" : "wrong";
    const right = resets === 0 ? "Nothing lost, nothing twice" : "Right within every session";
    setText(verdict, wrong === 0 ? right : `Went wrong: ${wrong}`);
    setText(byId("session-transport"), TRANSPORTS[line.transport]);
    setText(byId("session-sent"), count(next - 1));
    setText(byId("session-unconfirmed"), size(socket.bufferedAmount));
    setText(byId("session-replayed"), count(replayed));
    setText(byId("session-duplicates"), count(duplicates));
    setText(byId("session-resets"), count(resets));
  });
}

/** The page's numbers among these messages. */
function numbers(messages) {
  return messages.map((message) => JSON.parse(message).n).filter(Boolean);
}

/** Fills a row of the table, and answers how many numbers are wrong. */
function showTally(id, tally) {
  let wrong = 0;
  for (const cell of byId(id).querySelectorAll("[data-slot]")) {
    const { slot } = cell.dataset;
    const value = tally[slot] ?? 0;
    setText(cell, count(value));
    if (slot === "arrived") continue;
    cell.dataset.state = value === 0 ? "right" : "wrong";
    wrong += value;
  }
  return wrong;
}

const count = (number) => number.toLocaleString("en");
