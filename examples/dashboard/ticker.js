/** One clock for everything that moves; the browser stops it while the page is hidden. */

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const callbacks = [];
let last = 0;

/** Calls back ten times a second, or once a second for those who prefer less motion. */
export function everyTick(callback) {
  callbacks.push(callback);
  if (callbacks.length === 1) requestAnimationFrame(frame);
}

function frame(now) {
  if (now - last >= (calm.matches ? 1000 : 100)) {
    last = now;
    for (const callback of callbacks) callback();
  }
  requestAnimationFrame(frame);
}
