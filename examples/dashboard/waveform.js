/**
 * The audio of one talk as it was heard, newest at the right: what was sent, what still waits, and
 * what got lost, each where it fell.
 */

import { color, FONT, surface } from "./surface.js";

/** How much is seen, in ms. */
const SPAN = 30_000;
/** The faintest level that is drawn, in dB. */
const FLOOR = -60;

export class Waveform {
  /** Levels, oldest first: up to when, in ms from the beginning, and how loud. */
  #levels = [];
  #gaps = [];
  #heard = 0;
  #sent = 0;

  constructor(canvas) {
    surface(canvas, (context, width, height) => this.#draw(context, width, height));
  }

  restart() {
    this.#levels = [];
    this.#gaps = [];
    this.#heard = 0;
    this.#sent = 0;
  }

  /** So much was heard by now, in ms, and this loud, from 0 to 1. */
  hear(ms, peak) {
    if (ms <= this.#heard) return;
    this.#levels.push({ from: this.#heard, to: ms, peak });
    this.#heard = ms;
    while (this.#levels[0]?.to < ms - SPAN) this.#levels.shift();
    while (this.#gaps[0]?.to < ms - SPAN) this.#gaps.shift();
  }

  /** All up to here was sent, but for the gaps. */
  send(ms) {
    this.#sent = ms;
  }

  lose(from, to) {
    this.#gaps.push({ from, to });
  }

  #draw(context, width, height) {
    const right = width - 4;
    const x = (ms) => right - ((this.#heard - ms) / SPAN) * right;
    const middle = (height - 16) / 2;
    context.fillStyle = color("rule");
    context.fillRect(0, middle, right, 1);

    for (const { from, to, peak } of this.#levels) {
      const isLost = this.#gaps.some((gap) => gap.from < to && gap.to > from);
      const isSent = to <= this.#sent;
      context.fillStyle = color(isLost ? "failed" : isSent ? "websocket" : "waiting");
      const half = Math.max(1, middle * loudness(peak));
      const [left, length] = [x(from), Math.max(1, x(to) - x(from) - 1)];
      if (isSent || isLost) context.fillRect(left, middle - half, length, 2 * half);
      // The colour is not all that tells what waits: it is striped.
      else
        for (let at = 0; at <= half; at += 4) {
          context.fillRect(left, middle - at - 1, length, 2);
          context.fillRect(left, middle + at - 1, length, 2);
        }
    }
    for (const { from, to } of this.#gaps) {
      this.#drawGap(context, Math.max(0, x(from)), x(to), height, to - from);
    }
    drawSeconds(context, right, height);
  }

  #drawGap(context, left, right, height, ms) {
    const bottom = height - 16;
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, bottom);
    context.clip();
    context.globalAlpha = 0.18;
    context.fillStyle = color("failed");
    context.fillRect(left, 0, right - left, bottom);
    context.globalAlpha = 1;
    context.strokeStyle = color("failed");
    context.lineWidth = 1;
    context.beginPath();
    for (let at = left - bottom; at < right; at += 7) {
      context.moveTo(at, bottom);
      context.lineTo(at + bottom, 0);
    }
    context.stroke();
    context.restore();
    const text = `${(ms / 1000).toFixed(1)} s lost`;
    context.font = FONT;
    context.textBaseline = "top";
    context.textAlign = "left";
    if (context.measureText(text).width + 6 > right - left) return;
    context.fillStyle = color("surface");
    context.fillRect(left + 2, 2, context.measureText(text).width + 6, 15);
    context.fillStyle = color("failed");
    context.fillText(text, left + 5, 4);
  }
}

/** From 0 to 1, as loud as an ear finds it. */
export function loudness(level) {
  return Math.max(0, 1 - decibels(level) / FLOOR);
}

/** In dB of full scale, down to the floor. */
export function decibels(level) {
  return Math.max(FLOOR, 20 * Math.log10(level));
}

function drawSeconds(context, right, height) {
  context.font = FONT;
  context.fillStyle = color("muted");
  context.textBaseline = "bottom";
  for (const ago of [0, 10, 20, 30]) {
    const x = right - (ago * 1000 * right) / SPAN;
    context.textAlign = ago === 0 ? "right" : ago === 30 ? "left" : "center";
    context.fillText(ago === 0 ? "now" : `${ago} s ago`, x, height);
  }
}
