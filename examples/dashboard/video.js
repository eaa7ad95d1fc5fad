/** Live pictures: the newest frame wins, and a picture that stands still says so. */

import { byId, seconds, setText } from "./dom.js";
import { everyTick } from "./ticker.js";

const FROZEN_AFTER = 1500;
const RATE_OVER = 2000;

export function showVideo(line) {
  const canvas = byId("video");
  const context = canvas.getContext("2d");
  let newest = null;
  let drawing = false;
  let drawn = [];
  let lastAt = null;

  line.socket.binaryType = "blob";
  line.socket.addEventListener("message", ({ data }) => {
    if (!(data instanceof Blob)) return;
    newest = data;
    if (!drawing && !document.hidden) draw();
  });

  async function draw() {
    drawing = true;
    while (newest !== null) {
      const frame = newest;
      newest = null;
      // A broken frame is skipped: the next one comes anyway.
      const bitmap = await createImageBitmap(frame).catch(() => null);
      if (bitmap === null) continue;
      if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
      if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
      canvas.dataset.frames = Number(canvas.dataset.frames) + 1;
      lastAt = Date.now();
      drawn.push(lastAt);
    }
    drawing = false;
  }

  everyTick(() => {
    const now = Date.now();
    drawn = drawn.filter((at) => at > now - RATE_OVER);
    if (lastAt === null) return;
    const still = now - lastAt;
    const frozen = still > FROZEN_AFTER;
    byId("screen").dataset.state = frozen ? "frozen" : "live";
    setText(byId("frozen"), frozen ? `Frozen for ${seconds(still)}` : "");
    const rate = Math.round(drawn.length / (RATE_OVER / 1000));
    setText(byId("video-state"), frozen ? "Frozen" : `Live, ${rate} fps`);
  });
}
