// A reader of the live log dies in the middle of the stream.

import assert from "node:assert/strict";
import { once } from "node:events";
import { until } from "../server/server.mjs";
import { launchBrowser, openPage } from "./harness/browser.mjs";
import { live, route } from "./harness/live.mjs";
import { openSocket } from "./harness/socket.mjs";

const endings = {
  "its tab is closed": (page) => page.close(),
  "its browser is killed": async (page) => {
    const child = page.browser().process();
    child.kill("SIGKILL");
    if (child.signalCode === null) await once(child, "exit");
  },
};

for (const [how, end] of Object.entries(endings))
  live(`log streaming disturbs nothing when ${how}`, async ({ server, page, site }) => {
    const talker = await openSocket(page, route(server, "/ws"));
    const other = await openSocket(page, route(server, "/ws/logs"));
    await Promise.all([talker.next("open"), other.next("open")]);

    const browser = await launchBrowser();
    const noise = makeNoise(server);
    try {
      const reading = await openPage(browser, site.url);
      const reader = await openSocket(reading, route(server, "/ws/logs"));
      await reader.run((socket) => socket.journal.count(20));
      await end(reading);
      await until(async () => (await server.health()).connections["/ws/logs"] === 1);
    } finally {
      await noise.stop();
      await browser.close();
    }

    await talker.call("send", '{"type":"ping","t":"still here"}');
    await talker.run(said, "still here");
    const late = await server.open("/ws/audio");
    await other.run(said, "/ws/audio #");
    late.close();
    for (const socket of [talker, other]) assert.equal((await socket.call("stats")).opens, 1);
  });

/** Keeps the server's log going by connections that come and go. */
function makeNoise(server) {
  let isOver = false;
  const noise = (async () => {
    while (!isOver) {
      const client = await server.open("/ws");
      client.close();
      await client.closed;
    }
  })();
  return {
    stop() {
      isOver = true;
      return noise;
    },
  };
}

/** Runs in the page: waits for a message that contains a text. */
function said(socket, text) {
  return socket.journal.next(({ data }) => data?.includes(text), text);
}
