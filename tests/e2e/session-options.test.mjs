// The options of sessions: whatever is wrong is named, and nothing connects.

import assert from "node:assert/strict";
import { greeted, scripted } from "./harness/scripted.mjs";
import { openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon, timePasses } from "./harness/time.mjs";

e2e("a wrong option throws a TypeError that names it", async ({ page, peer }) => {
  const results = await page.evaluate((url) => {
    const wrong = [];
    const add = (name, ...values) => {
      for (const value of values) wrong.push([`session.${name}`, { session: { [name]: value } }]);
    };
    add("persist", null, 0, 1, "true", {});
    add("onUndelivered", "", "RESEND", "drop", null, true, 0);
    add("token", null, 1, true);
    for (const name of ["window", "wait"]) add(name, Number.NaN, -1, "1000", null, true, {});
    add("windows", 1);
    for (const session of [null, 1, "yes"]) wrong.push(["session", { session }]);
    wrong.push(["maxEnqueuedMessages", { session: true, maxEnqueuedMessages: 0 }]);
    wrong.push(["flush", { session: true, flush: "manual" }]);
    return wrong.map(([field, options]) => {
      try {
        new Everline.ReconnectingWebSocket(url, [], options);
        return [field, "nothing"];
      } catch (error) {
        const isNamed = error.message.includes(`'${field}'`);
        return [field, isNamed ? error.constructor.name : error.message];
      }
    });
  }, peer.url);
  assert.ok(results.length > 30);
  assert.deepEqual(
    results.filter(([, thrown]) => thrown !== "TypeError"),
    [],
  );
  await timePasses(page);
  assert.equal(peer.handshakes.entries.length, 0);
});

scripted("edge values and undefined are taken", async ({ page, peer }) => {
  const sessions = [{}, { persist: undefined, window: 0, wait: 0 }, { onUndelivered: "resend" }];
  for (const session of sessions) {
    const socket = await openSocket(page, peer.url, [], { ...soon, session });
    await greeted(peer);
    await socket.next("open");
  }
});

scripted("session: false is a plain connection", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url, ["chat"], { session: false });
  await socket.next("open");
  const [{ url, protocols }] = peer.handshakes.entries;
  assert.deepEqual([url, protocols], ["/", ["chat"]]);
});
