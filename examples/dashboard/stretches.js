/** The stretches over HTTP: tinted, the fall marked at the left edge, the return at the right. */

import { color, FONT } from "./surface.js";

const NAMES = { http: "HTTP", websocket: "WS" };

export function drawStretches(context, axis, height, { spans }) {
  context.font = FONT;
  context.textBaseline = "top";
  context.textAlign = "left";
  spans.forEach(({ transport, from }, index) => {
    if (transport !== "http") return;
    const next = spans[index + 1];
    const start = axis.x(from);
    const end = axis.x(next?.from ?? Date.now());
    if (end < axis.left) return;
    const left = Math.max(axis.left, start);
    context.fillStyle = color("http");
    context.globalAlpha = 0.1;
    context.fillRect(left, 0, end - left, height);
    context.globalAlpha = 1;
    mark(context, "http", axis, start, height);
    if (next?.transport === "websocket") mark(context, "websocket", axis, end, height);
  });
}

/** The moment from which this transport carries the line. */
function mark(context, transport, axis, x, height) {
  if (x < axis.left) return;
  context.fillStyle = color(transport);
  context.fillRect(Math.round(x), 0, 1, height);
  const name = NAMES[transport];
  const fits = x + 4 + context.measureText(name).width <= axis.right;
  if (fits) context.fillText(name, x + 4, 2);
}
