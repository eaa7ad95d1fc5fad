// The server ends in mid-session and is started again on the same port.

import assert from "node:assert/strict";
import { assertAtPeace, assertNoErrors, route } from "./harness/live.mjs";
import { startServer } from "./harness/server.mjs";
import { openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

for (const [signal, code] of [
  ["SIGTERM", 1001],
  ["SIGKILL", 1006],
])
  e2e(`after ${signal} and a new start, what waited arrives in order`, async ({ page }) => {
    let server = await startServer();
    try {
      const socket = await openSocket(page, route(server, "/faults/ws/echo"), [], soon);
      await socket.next("open");
      await socket.call("send", "before");
      assert.equal((await socket.next("message")).data, "before");

      await server.stop(signal);
      assertNoErrors(server.logs);
      assert.equal((await socket.next("close")).code, code);
      const waiting = Array.from({ length: 100 }, (_, number) => `message ${number}`);
      for (const text of waiting) assert.equal(await socket.call("send", text), false);
      assert.equal((await socket.call("stats")).queued, waiting.length);
      // At least one attempt in vain, while nobody listens.
      await socket.next("error");

      server = await startServer(["--port", String(server.port)]);
      await socket.next("open");
      assert.equal(await socket.call("send", "after"), true);
      const expected = [...waiting, "after"];
      const answers = [];
      for (const _ of expected) answers.push((await socket.next("message")).data);
      assert.deepEqual(answers, expected);
      const { opens, drops, queued } = await socket.call("stats");
      assert.deepEqual({ opens, drops, queued }, { opens: 2, drops: 1, queued: 0 });
      await socket.call("close");
      await socket.next("close");
      await assertAtPeace(server);
    } finally {
      await server.stop();
    }
  });
