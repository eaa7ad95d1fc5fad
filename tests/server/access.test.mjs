// Who may come in: the token, and the origins of pages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "./server.mjs";

const PROXIED = { "x-forwarded-for": "203.0.113.7" };

test("without a token everybody may come in", async (t) => {
  const server = await started(t);
  await (await server.open("/ws", { headers: PROXIED })).settled();
});

test("this machine needs no token, but what a proxy on it passes on does", async (t) => {
  const server = await started(t, ["--token", "secret"]);
  await (await server.open("/ws")).settled();
  await assert.rejects(server.open("/ws", { headers: PROXIED }), { status: 401 });
  await (await server.open("/ws?token=secret", { headers: PROXIED })).settled();
});

test("a token may be asked from this machine too", async (t) => {
  const server = await started(t, ["--token", "secret", "--token-on-loopback", "--faults"]);
  const right = { authorization: "Bearer secret" };
  await (await server.open("/ws", { headers: right })).settled();
  await (await server.open("/ws?token=secret")).settled();
  const wrong = ["/ws", "/ws?token=", "/ws?token=secre", "/ws?token=secret2", "/ws?token=SECRET"];
  for (const path of wrong) await assert.rejects(server.open(path), { status: 401 }, path);
  for (const authorization of ["Bearer wrong", "Basic secret", "secret"]) {
    await assert.rejects(server.open("/ws", { headers: { authorization } }), { status: 401 });
  }
  for (const path of [
    "/ws/video",
    "/ws/esp32cam",
    "/ws/pico",
    "/ws/audio",
    "/ws/logs",
    "/faults/ws/echo",
  ]) {
    await assert.rejects(server.open(path), { status: 401 }, path);
    await server.open(path, { headers: right });
  }
  for (const path of ["/ws", "/api/translate", "/faults/drop"]) {
    assert.equal((await server.fetch(path, { method: "POST" })).status, 401);
    assert.ok((await server.fetch(path, { method: "POST", headers: right })).ok);
  }
  assert.equal((await server.fetch("/health")).status, 200);
  assert.ok(!server.logs.some((line) => line.includes("secret")));
});

test("a page may connect to the server that served it, and on this machine to any other", async (t) => {
  const server = await started(t);
  const allowed = [
    server.url,
    "http://localhost",
    "https://localhost:5173",
    "http://127.0.0.2:3000",
    "http://[::1]:8080",
  ];
  for (const origin of allowed) await (await server.open("/ws", { origin })).settled();
});

test("other pages are refused with 403", async (t) => {
  const server = await started(t, ["--origin", "https://friend.example"]);
  const refused = [
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://friend.example",
    "https://friend.example:444",
    "file://",
    "chrome-extension://abcdefgh",
    "",
  ];
  for (const origin of refused) {
    await assert.rejects(server.open("/ws", { headers: { origin } }), { status: 403 }, origin);
  }
  await (await server.open("/ws", { origin: "https://friend.example" })).settled();
  assert.equal((await server.health()).errors, 0);
});

test("a server that others can reach trusts only its own page", async (t) => {
  const server = await started(t, ["--host", "0.0.0.0"]);
  const client = (origin) => {
    server.url = `http://127.0.0.1:${server.port}`;
    return server.open("/ws", { origin });
  };
  await (await client(`http://127.0.0.1:${server.port}`)).settled();
  await assert.rejects(client("http://localhost:5173"), { status: 403 });
});

test("pages of allowed origins may read the answers", async (t) => {
  const server = await started(t, ["--origin", "https://friend.example"]);
  for (const path of ["/ws", "/api/translate"]) {
    const ask = (origin, method) =>
      server.fetch(path, {
        method,
        headers: { origin, "access-control-request-method": "POST" },
      });
    for (const origin of ["https://friend.example", "http://localhost:5173"]) {
      const answer = await ask(origin, "POST");
      assert.equal(answer.headers.get("access-control-allow-origin"), origin);
      assert.match(answer.headers.get("access-control-expose-headers"), /retry-after/);
      assert.match(answer.headers.get("vary"), /origin/i);
      const preflight = await ask(origin, "OPTIONS");
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers.get("access-control-allow-origin"), origin);
      const allowed = preflight.headers.get("access-control-allow-headers").split(", ");
      assert.deepEqual(allowed.sort(), ["authorization", "content-type", "idempotency-key"]);
      assert.match(preflight.headers.get("access-control-allow-methods"), /POST/);
    }
    for (const method of ["POST", "OPTIONS"]) {
      const answer = await ask("https://evil.example", method);
      assert.equal(answer.status, 403);
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
    }
  }
});

test("a preflight needs no token, the request does", async (t) => {
  const server = await started(t, ["--token", "secret", "--token-on-loopback"]);
  const headers = { origin: "http://localhost:5173" };
  assert.equal((await server.fetch("/api/translate", { method: "OPTIONS", headers })).status, 204);
  assert.equal((await server.fetch("/api/translate", { method: "POST", headers })).status, 401);
});

async function started(t, flags) {
  const server = await start(flags);
  t.after(() => server.stop());
  return server;
}
