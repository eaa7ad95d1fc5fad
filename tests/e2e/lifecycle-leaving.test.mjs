// The page goes: the server hears of it at once.

import assert from "node:assert/strict";
import { openSocket } from "./harness/socket.mjs";
import { e2e, retire } from "./harness/test.mjs";

const ways = {
  closed: (page) => page.close(),
  reloaded: (page) => page.reload(),
  "navigated away": (page, site) => page.goto(site.add("/elsewhere", "<p>elsewhere")),
  "replaced by another site": (page) => page.goto("about:blank"),
};

for (const [way, leave] of Object.entries(ways))
  e2e(`a page that is ${way} closes its connections in order`, async ({ page, peer, site }) => {
    retire(page);
    const other = await page.browserContext().newPage();
    await other.goto(site.url);
    const socket = await openSocket(other, peer.url);
    await socket.next("open");
    const { closed } = await peer.connection();
    await leave(other, site);
    const { code } = await closed;
    assert.ok(code === 1000 || code === 1001, `code ${code}`);
    assert.equal(peer.connections.entries.length, 1);
  });

e2e(
  "a page that is reloaded while its socket waits does not come back as the old one",
  async (t) => {
    const { page, peer } = t;
    peer.handshake = 503;
    const socket = await openSocket(page, peer.url, [], {
      minReconnectionDelay: 100,
      jitter: "none",
    });
    await socket.next("reconnecting");
    await page.reload();
    const before = peer.handshakes.entries.length;
    peer.handshake = "accept";
    const next = await openSocket(page, `${peer.url}next`);
    await next.next("open");
    const later = peer.handshakes.entries.slice(before).map(({ url }) => url);
    assert.deepEqual(later, ["/next"]);
  },
);

e2e("dispose closes", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.run((socket) => {
    Symbol.dispose ??= Symbol("Symbol.dispose");
    const dispose = Object.getOwnPropertySymbols(Object.getPrototypeOf(socket)).find((symbol) =>
      /dispose/.test(String(symbol)),
    );
    socket[dispose]();
  });
  const { closed } = await peer.connection();
  assert.equal((await closed).code, 1005);
  assert.equal((await socket.next("close")).status, "closed");
});
