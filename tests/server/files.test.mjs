// The dashboard and the package are served as files.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { start } from "./server.mjs";

let folder;
let server;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "everline-"));
  const [dashboard, pkg] = [join(folder, "dashboard"), join(folder, "pkg")];
  await mkdir(dashboard);
  await mkdir(pkg);
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(dashboard, "index.html"), "<title>dashboard</title>");
  await writeFile(join(dashboard, "main.js"), "main");
  await writeFile(join(pkg, "everline.js"), "everline");
  await writeFile(join(pkg, "everline_bg.wasm"), "wasm");
  server = await start(["--dashboard", dashboard, "--pkg", pkg]);
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

test("files are served with their types, and never from an old cache", async () => {
  const files = {
    "/": ["text/html", "<title>dashboard</title>"],
    "/main.js": ["text/javascript", "main"],
    "/pkg/everline.js": ["text/javascript", "everline"],
    "/pkg/everline_bg.wasm": ["application/wasm", "wasm"],
  };
  for (const [path, [type, text]] of Object.entries(files)) {
    const response = await server.fetch(path);
    assert.equal(response.status, 200, path);
    assert.ok(response.headers.get("content-type").startsWith(type), path);
    assert.equal(response.headers.get("cache-control"), "no-cache", path);
    assert.equal(await response.text(), text);
  }
});

test("what is not there is not found", async () => {
  for (const path of ["/nothing.js", "/pkg/nothing.js", "/ws/nothing", "/session/nothing"]) {
    assert.equal((await server.fetch(path)).status, 404, path);
  }
});

test("nothing outside the folders is served", async () => {
  const paths = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/pkg/../../secret.txt",
    "/pkg/..%2f..%2fsecret.txt",
  ];
  for (const path of paths) {
    const status = await new Promise((resolve, reject) => {
      // Unlike fetch, this sends the path as it is.
      request({ port: server.port, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    assert.equal(status, 404, path);
  }
});
