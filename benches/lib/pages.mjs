// Pages of real browsers, in which each peer can be had: `const { open } = await peer("partysocket")`.

import { launchBrowser, openPage } from "../../tests/e2e/harness/browser.mjs";
import { startSite } from "../../tests/e2e/harness/site.mjs";
import { bundleOf, peers } from "./peers.mjs";

const blank = `<!doctype html>
<meta charset="utf-8">
<title>Bench</title>
<link rel="icon" href="data:,">
<script>
  globalThis.peer = (name) => import("/peers/" + encodeURIComponent(name) + ".js");
</script>
`;

// Isolated pages have the finest clocks.
const isolated = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/**
 * Runs `work({ page, browser, site, openPage })` in a page of "chrome" or "firefox"; `openPage()` opens
 * further ones, each in a context of its own. `args` are flags of the browser, `sources` those of bundles that
 * lib/peers.mjs does not have.
 */
export async function withPage(name, work, { args = [], names = peers, sources = {} } = {}) {
  const [browser, site] = await Promise.all([
    launchBrowser({ name, args, networkEnabled: false }),
    startSite(),
  ]);
  try {
    const url = site.add("/bench", blank, { "content-type": "text/html", ...isolated });
    const cached = { "cache-control": "max-age=3600" };
    const script = { "content-type": "text/javascript", ...cached, ...isolated };
    for (const peer of names) {
      site.add(
        `/peers/${encodeURIComponent(peer)}.js`,
        await bundleOf(peer, sources[peer]),
        script,
      );
    }
    const open = () => openPage(browser, url);
    return await work({ page: await open(), browser, site, openPage: open });
  } finally {
    await browser.close();
    await site.close();
  }
}
