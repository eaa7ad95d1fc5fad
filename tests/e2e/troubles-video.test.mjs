// A video connection stays, whatever becomes of the others in the same page.

import assert from "node:assert/strict";
import { live, route } from "./harness/live.mjs";
import { openSocket } from "./harness/socket.mjs";
import { soon } from "./harness/time.mjs";

const FRAMES = 60;
const FAILING = [
  "/faults/ws/refuse",
  "/faults/ws/status/500",
  "/faults/ws/drop?after=20",
  "/faults/ws/close?code=4001&after=20",
  "/faults/ws/hang",
];

live(
  "a video connection stays while others fail",
  async ({ server, page }) => {
    const video = await openSocket(page, route(server, "/ws/video"));
    await video.next("open");
    const options = { ...soon, connectionTimeout: 500 };
    const others = [];
    for (const path of FAILING)
      others.push(await openSocket(page, route(server, path), [], options));

    for (const other of others) {
      await other.next("reconnecting");
      await other.next("reconnecting");
    }
    const pictures = await video.run(watch, FRAMES);
    for (const { width, height } of pictures) assert.ok(width > 0 && height > 0);
    assert.ok(new Set(pictures.map(({ size }) => size)).size > FRAMES / 4, "it moves");

    const { opens, drops } = await video.call("stats");
    assert.deepEqual({ opens, drops }, { opens: 1, drops: 0 });
    assert.equal(await video.get("status"), "open");
    const handshakes = server.logs.filter((line) => /\/ws\/video #\d+: open/.test(line));
    assert.equal(handshakes.length, 1);
  },
  { simulator: ["--fps", "30"] },
);

/** Runs in the page: shows so many frames that come from now on, as the browser decodes them. */
async function watch(video, frames) {
  const pictures = [];
  while (pictures.length < frames) {
    const { data } = await new Promise((resolve) => {
      video.addEventListener("message", resolve, { once: true });
    });
    const { width, height } = await createImageBitmap(data);
    pictures.push({ width, height, size: data.size });
  }
  return pictures;
}
