/**
 * The round-trip time of one line, in ms: round points for heartbeats by WebSocket, square ones for
 * requests by HTTP. A gap in the line is a gap in the plot.
 */

import { color, FONT } from "./surface.js";

/**
 * The decades that all lines need: small multiples compare only if they share a scale, and one slow
 * answer must not flatten the rest, so the scale is logarithmic.
 */
export function commonScale(lines) {
  const times = lines.flatMap((line) => line.trips.flatMap(({ ms }) => ms ?? []));
  const low = Math.floor(decade(Math.min(1, ...times)));
  return { low, high: Math.max(low + 2, Math.ceil(decade(Math.max(...times)))) };
}

/** Draws into `area` {left, right, top, bottom}; `x` turns a time into a position. */
export function drawPlot(context, area, trips, scale, x) {
  const { low, high } = scale;
  const unit = (area.bottom - area.top) / (high - low);
  const y = (ms) => area.bottom - (decade(ms) - low) * unit;
  drawScale(context, area, scale, y);

  context.save();
  context.beginPath();
  context.rect(area.left, 0, area.right - area.left, area.bottom + 3);
  context.clip();
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  drawTrips(context, trips, "websocket", x, y);
  drawTrips(context, trips, "http", x, y);
  context.restore();
}

function drawTrips(context, trips, transport, x, y) {
  const points = new Path2D();
  context.strokeStyle = context.fillStyle = color(transport);
  context.beginPath();
  let joined = false;
  for (const trip of trips) {
    const isOne = trip.ms !== null && trip.transport === transport;
    if (isOne) {
      const [left, top] = [x(trip.at), y(trip.ms)];
      context[joined ? "lineTo" : "moveTo"](left, top);
      addPoint(points, transport, left, top);
    }
    joined = isOne;
  }
  context.stroke();
  context.fill(points);
}

function addPoint(points, transport, x, y) {
  if (transport === "http") {
    points.rect(x - 2, y - 2, 4, 4);
    return;
  }
  points.moveTo(x, y);
  points.arc(x, y, 2, 0, 2 * Math.PI);
}

function drawScale(context, area, { low, high }, y) {
  context.font = FONT;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.lineWidth = 1;
  context.strokeStyle = color("rule");
  context.fillStyle = color("muted");
  for (let power = low; power <= high; power += 1) {
    const ms = 10 ** power;
    const level = Math.round(y(ms)) + 0.5;
    context.beginPath();
    context.moveTo(area.left, level);
    context.lineTo(area.right, level);
    context.stroke();
    context.fillText(ms < 1000 ? `${ms} ms` : `${ms / 1000} s`, area.left - 6, level);
  }
}

/** Below a tenth of a millisecond clocks are too coarse to tell. */
function decade(ms) {
  return Math.log10(Math.max(0.1, ms));
}
