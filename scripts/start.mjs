// Builds everything, then runs the reference server and the device simulator until Ctrl-C.
// What follows `npm start --` goes to the server.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "./build.mjs";
import { targetDir } from "./lib/project.mjs";
import { main, step } from "./lib/step.mjs";
import { setup } from "./setup.mjs";

const parent = process.ppid;

await main(async () => {
  await setup();
  await build();
  await step(
    "Server and simulator",
    (run) => run("cargo", ["build", "--example", "server", "--example", "simulator"]),
    { expect: "up to two minutes the first time" },
  );
  await serve(process.argv.slice(2));
});

async function serve(args) {
  const server = start("server", ["--faults", ...args.filter((arg) => arg !== "--faults")]);
  stopWith(server);
  const ended = once(server, "close");
  const url = await Promise.race([announcedUrl(server), ended.then(() => undefined)]);
  if (url) {
    const simulator = start("simulator", ["--server", url, "--exit-with-stdin"]);
    stopWith(simulator);
    console.log(`\n  The dashboard:  ${url}\n  Ctrl-C stops it.\n`);
    await ended;
    simulator.stdin.end();
    await once(simulator, "close");
  }
  process.exitCode = server.exitCode ?? 1;
}

function start(example, args) {
  const program = join(targetDir, "debug", "examples", example);
  // The server's log is on the dashboard; here it would push the address off the screen.
  const env = { RUST_LOG: "warn", ...process.env };
  return spawn(program, args, { env, stdio: ["pipe", "pipe", "inherit"] });
}

async function announcedUrl(server) {
  const [line] = await once(createInterface(server.stdout), "line");
  const url = new URL(line.replace("listening on ", ""));
  // A server on every address of the machine is reached by the loopback one.
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  return url.origin;
}

function stopWith(child) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  // npm hands a signal to the shell between us, which dies of it without a word to us.
  setInterval(() => process.ppid === parent || child.kill(), 500).unref();
}
