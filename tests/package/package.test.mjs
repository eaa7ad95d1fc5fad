// The packed tarball as its users get it: installed into a project of its own.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { WebSocketServer } from "ws";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const project = mkdtempSync(join(tmpdir(), "everline-consumer-"));
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
let packed;

before(async () => {
  server.on("connection", (socket) => socket.on("message", (data) => socket.send(`${data}`)));
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", project];
  packed = JSON.parse((await run("npm", pack, { cwd: root })).stdout)[0];
  cpSync(join(root, "tests/package/consumer"), project, { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "private": true }');
  const install = ["install", "--offline", "--no-save", join(project, packed.filename)];
  await run("npm", install, { cwd: project });
  symlinkSync(join(root, "node_modules/ws"), join(project, "node_modules/ws"));
});

after(async () => {
  server.close();
  rmSync(project, { recursive: true });
});

test("only what users need is packed", () => {
  const files = packed.files.map(({ path }) => path);
  const expected =
    /^(package\.json|README\.md|CHANGELOG\.md|LICENSE-(MIT|APACHE)|pkg\/(\w+\/)?\w+\.d\.c?ts|pkg\/(everline|errors)(\.iife)?\.c?js|pkg\/everline-worklet\.js|pkg\/wasm\.js|pkg\/(everline|wasm)-[A-Z0-9]{8}\.js|pkg\/everline_bg\.wasm)$/;
  assert.deepEqual(
    files.filter((path) => !expected.test(path)),
    [],
  );
  for (const path of Object.values(manifest.exports).flatMap(targets)) {
    assert.ok(files.includes(path.replace("./", "")), `${path} is exported and not packed`);
  }
});

test("publint has nothing to say", async () => {
  const pkgDir = join(project, "node_modules/everline");
  const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

for (const [script, what] of [
  ["esm.mjs", "imported"],
  ["common.cjs", "required"],
  ["separate.mjs", "imported with its wasm beside it"],
]) {
  test(`in Node, ${what}: it connects, echoes, closes, and lets the process end`, async () => {
    assert.equal(await output(script, await address()), "1000 hello\n");
  });
}

test("importing works where there is no WebSocket, and constructing says so", async () => {
  assert.match(await output("rendering.mjs"), /^Error .*WebSocket/);
});

// A word that only this part has.
const parts = {
  ReconnectingWebSocket: "resume.v1",
  AudioBatcher: "AudioWorklet",
  isExtensionError: "unavailable",
};
for (const imported of Object.keys(parts)) {
  test(`a bundle that uses only ${imported} has nothing of the other parts`, async () => {
    const { outputFiles } = await build({
      stdin: { contents: `export { ${imported} } from "everline"`, resolveDir: project },
      bundle: true,
      format: "esm",
      write: false,
    });
    const [{ text }] = outputFiles;
    const found = Object.keys(parts).filter((part) => text.includes(parts[part]));
    assert.deepEqual(found, [imported]);
  });
}

for (const [module, moduleResolution, files] of [
  ["NodeNext", "NodeNext", ["types.mts", "types.cts"]],
  ["ESNext", "Bundler", ["types.mts"]],
]) {
  test(`the types hold with moduleResolution ${moduleResolution}`, async () => {
    const options = ["--noEmit", "--strict", "--target", "ES2022", "--lib", "ES2022,DOM"];
    const resolution = ["--module", module, "--moduleResolution", moduleResolution];
    const tsc = join(root, "node_modules/.bin/tsc");
    const checked = run(tsc, [...options, ...resolution, ...files], { cwd: project });
    await checked.catch(({ stdout }) => assert.fail(stdout));
  });
}

async function output(script, ...args) {
  const env = { ...process.env, EXPECTED_VERSION: manifest.version };
  const { stdout } = await run("node", [script, ...args], { cwd: project, env, timeout: 20_000 });
  return stdout;
}

async function address() {
  if (!server.address()) await once(server, "listening");
  return `ws://127.0.0.1:${server.address().port}/`;
}

/** The files that an entry of "exports" leads to, whatever the conditions. */
function targets(entry) {
  return typeof entry === "string" ? [entry] : Object.values(entry).flatMap(targets);
}
