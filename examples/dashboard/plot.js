/** The round-trip time of one line, in ms; a gap in the line is a gap in the plot. */

import { color, FONT } from './surface.js';

/** The top of the common scale: small multiples compare only if they share one. */
export function scaleTop(lines) {
  const highest = Math.max(1, ...lines.flatMap((line) => line.trips.map((trip) => trip.ms ?? 0)));
  const step = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((factor) => factor * step).find((top) => top >= highest);
}

/** Draws into `area` {left, right, top, bottom}; `x` turns a time into a position. */
export function drawPlot(context, area, trips, top, x) {
  const y = (ms) => area.bottom - (ms / top) * (area.bottom - area.top);
  drawScale(context, area, top, y);

  context.save();
  context.beginPath();
  context.rect(area.left, 0, area.right - area.left, area.bottom + 3);
  context.clip();
  context.strokeStyle = context.fillStyle = color('plot');
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  context.beginPath();
  let joined = false;
  for (const { at, ms } of trips) {
    if (ms !== null) context[joined ? 'lineTo' : 'moveTo'](x(at), y(ms));
    joined = ms !== null;
  }
  context.stroke();
  for (const { at, ms } of trips) {
    if (ms === null) continue;
    context.beginPath();
    context.arc(x(at), y(ms), 2, 0, 2 * Math.PI);
    context.fill();
  }
  context.restore();
}

function drawScale(context, area, top, y) {
  context.font = FONT;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.lineWidth = 1;
  context.strokeStyle = color('rule');
  context.fillStyle = color('muted');
  for (const [ms, label] of [[0, '0'], [top, `${top} ms`]]) {
    const level = Math.round(y(ms)) + 0.5;
    context.beginPath();
    context.moveTo(area.left, level);
    context.lineTo(area.right, level);
    context.stroke();
    context.fillText(label, area.left - 6, level);
  }
}
