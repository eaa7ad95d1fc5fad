// `compare(name, probe, script?)`: the same function runs in the page twice, with the platform's
// WebSocket and with ours, each against a peer of its own; everything that the page and the peer
// saw must be the same.
//
//   compare("echo", async ({ make, url, events }) => {
//     const socket = make(url);
//     await events(socket).next("open");
//     return socket.readyState;
//   });

import assert from "node:assert/strict";
import { startPeer } from "./peer.mjs";
import { e2e } from "./test.mjs";

/**
 * The probe runs in the page, with what probe.mjs offers; it returns plain values. `script(peer)`
 * is the peer's part of it. If the probe `throws`, exceptions that nobody catches are part of it.
 */
export function compare(name, probe, script = () => {}, { throws = false } = {}) {
  e2e(name, async ({ page }) => {
    await page.evaluate(() => import("/harness/probe.mjs").then(() => {}));
    const native = await observe(page, "native", probe, script);
    const everline = await observe(page, "everline", probe, script);
    assert.notEqual(native.page, undefined, "the probe returned nothing");
    assert.deepEqual(differences(everline, native), []);
    if (throws) await page.evaluate(() => globalThis.uncaught.splice(0));
  });
}

async function observe(page, name, probe, script) {
  const peer = await startPeer();
  try {
    const played = script(peer);
    const seen = await page.evaluate(`runProbe("${name}", ${probe}, "${peer.url}")`);
    await played;
    const observed = { page: seen, peer: await testimony(peer) };
    // Each has an address of its own.
    return JSON.parse(JSON.stringify(observed).replaceAll(new URL(peer.url).host, "peer"));
  } finally {
    await peer.stop();
  }
}

/**
 * What became of each connection that was closed in order. How far one came that was cut, or given
 * up while it was opening, is a matter of time.
 */
async function testimony(peer) {
  const connections = await Promise.all(
    peer.connections.entries.map(async ({ messages, closed }, index) => {
      const { url, protocols } = peer.handshakes.entries[index];
      const sent = messages.entries.map((data) => (typeof data === "string" ? data : [...data]));
      return { url, protocols, sent, closed: await closed };
    }),
  );
  return connections.filter(({ closed }) => closed.code !== 1001 && closed.code !== 1006);
}

/** Where two observations differ, as lines that name the place. */
function differences(ours, theirs, path = "") {
  const isBoth = [ours, theirs].every((it) => typeof it === "object" && it !== null);
  if (!isBoth) {
    const [our, their] = [ours, theirs].map((it) => JSON.stringify(it));
    return our === their ? [] : [`${path}: ours ${our}, the platform's ${their}`];
  }
  const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...keys].flatMap((key) => differences(ours[key], theirs[key], `${path}/${key}`));
}
