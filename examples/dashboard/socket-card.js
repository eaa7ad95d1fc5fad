/** The card of one line: its status in words and numbers, and its picture. */

import { byId, seconds, setText } from "./dom.js";
import { commonScale, drawPlot } from "./plot.js";
import { drawStretches } from "./stretches.js";
import { surface } from "./surface.js";
import { everyTick } from "./ticker.js";
import { drawBackdrop, drawLane, explain, timeAxis } from "./timeline.js";
import { TRANSPORTS } from "./words.js";

/** Adds the card for `line`; `lines` are all of them, whose plots share a scale. */
export function addCard(line, lines) {
  const card = byId("card").content.firstElementChild.cloneNode(true);
  const slots = Object.fromEntries(
    [...card.querySelectorAll("[data-slot]")].map((slot) => [slot.dataset.slot, slot]),
  );
  card.dataset.endpoint = line.endpoint;
  setText(slots.name, line.name);
  setText(slots.endpoint, line.endpoint);

  const again = card.querySelector("button");
  again.setAttribute("aria-label", `Reconnect ${line.endpoint} now`);
  again.addEventListener("click", () => line.socket.reconnect());

  const canvas = card.querySelector("canvas");
  canvas.setAttribute(
    "aria-label",
    `${line.endpoint}: round-trip time and status; the same is told under What happened`,
  );
  explain(canvas, line);
  surface(canvas, (context, width, height) => {
    const axis = timeAxis(width);
    drawStretches(context, axis, height, line);
    drawBackdrop(context, axis, height);
    const area = { left: axis.left, right: axis.right, top: 18, bottom: height - 38 };
    drawPlot(context, area, line.trips, commonScale(lines), axis.x);
    drawLane(context, height - 12, line, axis);
  });

  const update = () => {
    line.observe();
    show(card, slots, line);
  };
  for (const type of ["open", "close", "reconnecting", "failed", "transportchange"]) {
    line.socket.addEventListener(type, update);
  }
  everyTick(update);
  update();
  byId("cards").append(card);
}

function show(card, slots, line) {
  const { attempts, opens, queued, transportSwitches } = line.socket.stats();
  const facts = { status: line.status, transport: line.transport, attempts, opens };
  for (const [name, value] of Object.entries(facts)) {
    if (card.dataset[name] !== String(value)) card.dataset[name] = value;
  }
  setText(slots.status, line.status === "failed" ? "gave up" : line.status);
  setText(slots.detail, detail(line));
  const isMeasured = line.status === "open" && line.roundTrip !== null;
  setText(slots.rtt, isMeasured ? `${line.roundTrip.toFixed(1)} ms` : "–");
  setText(slots.transport, TRANSPORTS[line.transport]);
  setText(slots.switches, String(transportSwitches));
  setText(slots.attempts, String(attempts));
  setText(slots.opens, String(opens));
  setText(slots.queued, String(queued));
}

function detail(line) {
  switch (line.status) {
    case "open":
      return `for ${Math.floor(line.age / 1000)} s`;
    case "connecting":
      return `try ${line.socket.retryCount + 1}`;
    case "waiting":
      return `next try in ${seconds(Math.max(0, line.retryAt - Date.now()))}`;
    default:
      return "";
  }
}
