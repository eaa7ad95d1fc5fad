/** A canvas that is sharp on every display and drawn only while it is on the screen. */

import { everyTick } from "./ticker.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
let palette = null;
dark.addEventListener("change", () => {
  palette = null;
});

/** Calls `draw(context, width, height)` in CSS pixels, ten times a second at most. */
export function surface(canvas, draw) {
  const context = canvas.getContext("2d");
  let visible = false;
  new IntersectionObserver(([entry]) => {
    visible = entry.isIntersecting;
  }).observe(canvas);

  everyTick(() => {
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!visible || width === 0) return;
    const ratio = devicePixelRatio;
    const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
    if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, width, height);
  });
}

/** The style sheet's colours, by the names they have there. */
export function color(name) {
  palette ??= getComputedStyle(document.documentElement);
  return palette.getPropertyValue(`--${name}`);
}

export const FONT = "11px system-ui, sans-serif";
