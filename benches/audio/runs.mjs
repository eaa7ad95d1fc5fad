// The same measuring in both places.

import { startChild } from "../lib/child.mjs";
import { withPage } from "../lib/pages.mjs";
import { bundleOf } from "../lib/peers.mjs";
import { PIECE, QUANTUM } from "./sizes.mjs";
import { qualityOf } from "./tones.mjs";

/** `{ costs: { rate: { captured, quantum } }, quality: { rate } }` */
export async function inNode(rates, how) {
  const node = startChild(new URL("node.mjs", import.meta.url));
  try {
    const ask = (order, argument) => node.ask(order, argument);
    return await both(rates, how, ask);
  } finally {
    await node.stop();
  }
}

export function inChromium(rates, how) {
  return withPage(
    "chrome",
    async ({ page, site }) => {
      const source = 'export * from "./audio/measure.mjs"; export * from "./audio/offline.mjs";';
      const headers = {
        "content-type": "text/javascript",
        "cross-origin-embedder-policy": "require-corp",
      };
      site.add("/bench/audio.js", await bundleOf("audio", source), headers);
      const ask = (order, ...args) => page.evaluate(call, order, args);
      const { costs, quality } = await both(rates, how, ask);
      for (const rate of rates) {
        costs[rate].captured.OfflineAudioContext = await ask("offline", { rate, ...how });
        quality[rate].OfflineAudioContext = await qualityOf((frequency) =>
          ask("offlineTone", rate, frequency),
        );
      }
      return { costs, quality };
    },
    { names: [] },
  );
}

export async function hourInNode(minutes) {
  const child = startChild(new URL("hour.mjs", import.meta.url), { flags: ["--expose-gc"] });
  try {
    return await child.ask("hour", minutes);
  } finally {
    await child.stop();
  }
}

/** In the page. */
async function call(order, args) {
  const audio = await import("/bench/audio.js");
  return audio[order](...args);
}

async function both(rates, how, ask) {
  const costs = {};
  const quality = {};
  for (const rate of rates) {
    quality[rate] = await ask("quality", rate);
    costs[rate] = {
      captured: await ask("cost", { rate, piece: PIECE, ...how }),
      quantum: await ask("cost", { rate, piece: QUANTUM, ...how }),
    };
  }
  return { costs, quality };
}
