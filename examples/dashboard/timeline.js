/** The common time axis: a lane for every line, a flag for every fault, and what it all says. */

import { byId, setText } from "./dom.js";
import { color, FONT, surface } from "./surface.js";
import { TRANSPORTS } from "./words.js";

const GUTTER = 52;
const EDGE = 10;
const faults = [];
const tooltip = byId("tooltip");

/** Flags the moment in which a fault was caused. */
export function flagFault(label) {
  faults.push({ at: Date.now(), label });
  if (faults.length > 50) faults.shift();
}

/** The time axis for a canvas of this width: `x(at)` is a position, `at(x)` a time. */
export function timeAxis(width) {
  const span = width < 440 ? 60_000 : 90_000;
  const to = Date.now();
  const [left, right] = [GUTTER, width - EDGE];
  const scale = (right - left) / span;
  return {
    left,
    right,
    span,
    x: (at) => right - (to - at) * scale,
    at: (x) => to - (right - x) / scale,
  };
}

/** The ruler above the lanes, with the flags of the faults. */
export function drawRuler(canvas) {
  surface(canvas, (context, width, height) => {
    const axis = timeAxis(width);
    context.font = FONT;
    context.textBaseline = "alphabetic";
    context.fillStyle = color("muted");
    for (let ago = 0; ago <= axis.span; ago += 30_000) {
      const x = axis.right - (ago / axis.span) * (axis.right - axis.left);
      context.textAlign = ago === 0 ? "right" : ago === axis.span ? "left" : "center";
      context.fillText(ago === 0 ? "now" : `${ago / 1000} s ago`, x, height - 4);
    }
    drawFlags(context, axis);
  });
}

/** Everything behind a lane and its plot: the grid and the moments of the faults. */
export function drawBackdrop(context, axis, height) {
  context.lineWidth = 1;
  context.strokeStyle = color("rule");
  for (let ago = 0; ago <= axis.span; ago += 30_000) {
    const x = axis.right - (ago / axis.span) * (axis.right - axis.left);
    stroke(context, x, 0, x, height);
  }
  context.strokeStyle = color("fault");
  context.setLineDash([2, 3]);
  for (const { at } of faults) {
    const x = Math.round(axis.x(at)) + 0.5;
    if (x >= axis.left) stroke(context, x, 0, x, height);
  }
  context.setLineDash([]);
}

/**
 * The line itself: whole while it is open, in blocks while requests carry it, broken while nothing
 * does; close codes above it.
 */
export function drawLane(context, y, line, axis) {
  context.save();
  context.beginPath();
  context.rect(axis.left, y - 22, axis.right - axis.left, 32);
  context.clip();
  line.spans.forEach((span, index) => {
    const until = line.spans[index + 1]?.from ?? Date.now();
    const end = axis.x(until);
    if (end < axis.left) return;
    drawSpan(context, look(span), Math.max(axis.left, axis.x(span.from)), end, y);
  });
  context.restore();
  drawCloses(context, y - 10, line.closes, axis);
}

/** Shows what the lane says at the pointer. */
export function explain(canvas, line) {
  const show = (event) => {
    const box = canvas.getBoundingClientRect();
    const axis = timeAxis(box.width);
    const at = axis.at(event.clientX - box.left);
    const text = describe(line, at, (6 / (axis.right - axis.left)) * axis.span);
    tooltip.hidden = text === null;
    if (text === null) return;
    setText(tooltip, text);
    const shift = Math.min(event.clientX + 14, innerWidth - tooltip.offsetWidth - 8);
    tooltip.style.transform = `translate(${shift}px, ${event.clientY + 16}px)`;
  };
  for (const type of ["pointerdown", "pointermove"]) canvas.addEventListener(type, show);
  for (const type of ["pointerleave", "pointercancel"]) {
    canvas.addEventListener(type, () => {
      tooltip.hidden = true;
    });
  }
}

function describe(line, at, reach) {
  const near = (entry) => Math.abs(entry.at - at) <= reach;
  const span = line.spans.findLast(({ from }) => from <= at);
  if (!span || at > Date.now()) return null;
  const trip = line.trips.find((entry) => entry.ms !== null && Math.abs(entry.at - at) <= 1000);
  const close = line.closes.find(near);
  const fault = faults.find(near);
  return [
    `${line.endpoint}, ${Math.round((Date.now() - at) / 1000)} s ago`,
    span.transport ? `${span.status} over ${TRANSPORTS[span.transport]}` : span.status,
    trip && `round trip ${trip.ms.toFixed(1)} ms`,
    close && `closed with code ${close.code}`,
    fault && `fault: ${fault.label}`,
  ]
    .filter(Boolean)
    .join("\n");
}

/** Flags in two rows; one that would cover another is left out, its dotted line stays. */
function drawFlags(context, axis) {
  const rows = [
    { y: 3, free: -Infinity },
    { y: 17, free: -Infinity },
  ];
  context.fillStyle = color("fault");
  for (const { at, label } of faults) {
    const x = axis.x(at);
    const wide = context.measureText(label).width + 12;
    const isLate = x + wide > axis.right;
    const start = isLate ? x - wide : x;
    const row = rows.find(({ free }) => start >= free);
    if (x < axis.left || !row) continue;
    row.free = start + wide + 6;
    const side = isLate ? -1 : 1;
    context.fillRect(Math.round(x), row.y, 1, 50);
    context.beginPath();
    context.moveTo(x, row.y);
    context.lineTo(x + 8 * side, row.y + 4);
    context.lineTo(x, row.y + 8);
    context.fill();
    context.textAlign = isLate ? "right" : "left";
    context.fillText(label, x + 11 * side, row.y + 8);
  }
}

const STROKES = {
  websocket: { width: 8, dash: [] },
  http: { width: 8, dash: [7, 2] },
  connecting: { width: 6, dash: [2, 3] },
  waiting: { width: 2, dash: [6, 5] },
  closing: { width: 1, dash: [] },
  closed: { width: 1, dash: [] },
  failed: { width: 6, dash: [1, 7] },
};

/** An open line is drawn by what carries it. */
function look({ status, transport }) {
  return status === "open" ? transport : status;
}

function drawSpan(context, look, from, to, y) {
  const { width, dash } = STROKES[look];
  context.strokeStyle = color(look);
  context.lineWidth = width;
  context.setLineDash(dash);
  // Even the shortest try is to be seen.
  stroke(context, from, y, Math.max(to, from + 2), y);
  context.setLineDash([]);
  if (look !== "connecting") return;
  context.lineWidth = 1.5;
  stroke(context, from, y - 7, from, y + 7);
}

function drawCloses(context, y, closes, axis) {
  let free = -Infinity;
  context.font = FONT;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillStyle = color("ink");
  for (const { at, code } of closes) {
    const x = axis.x(at);
    if (x < axis.left) continue;
    const wide = context.measureText(code).width;
    const start = Math.min(x, axis.right - wide);
    if (start < free) continue;
    context.fillText(code, start, y);
    free = start + wide + 6;
  }
}

function stroke(context, fromX, fromY, toX, toY) {
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}
