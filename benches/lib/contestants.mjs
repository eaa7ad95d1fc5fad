// Sockets of several libraries in one browser, open to one server: each in a page and a process of its own,
// so that neither compiled code nor garbage is shared.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { withPage } from "./pages.mjs";
import { dropIns } from "./peers.mjs";

const server = fileURLToPath(new URL("flood.mjs", import.meta.url));

/**
 * Runs `work(pages, browser)` with a page for each of `dropIns` by its name, in which `socket` is open and
 * has `binaryType` "arraybuffer", and `hear` gets its messages' data.
 */
export async function withContestants(browserName, work) {
  const flood = fork(server);
  const [url] = await once(flood, "message");
  try {
    await withPage(
      browserName,
      async ({ openPage, browser }) => {
        const pages = {};
        for (const name of dropIns) {
          pages[name] = await openPage();
          await pages[name].evaluate(openSocket, name, url);
        }
        await work(pages, browser);
      },
      { names: dropIns },
    );
  } finally {
    flood.kill();
  }
}

// In the page.
async function openSocket(name, url) {
  const { open } = await peer(name);
  globalThis.hear = () => {};
  const onMessage = (event) => hear(event.data);
  await new Promise((resolve) => {
    globalThis.socket = open(url, { onOpen: resolve, onMessage });
  });
  socket.binaryType = "arraybuffer";
}
