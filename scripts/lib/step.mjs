// One step of a script: a single line when it is done, and its whole story when it fails.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, targetDir } from "./project.mjs";

/** A failure that is explained already: no stack trace needed. */
export class Failure extends Error {}

/**
 * Runs `work(run)`, where `run(command, args, env?)` writes what the command prints to a log, and
 * returns what it prints to stdout.
 * `expect` announces a step that takes long.
 */
export async function step(title, work, { expect } = {}) {
  const start = performance.now();
  if (expect) console.log(`  ${title}: ${expect} …`);
  const log = openLog(title);
  try {
    await work((command, args, env) => runLogged(log, command, args, env));
  } catch (error) {
    await log.close();
    throw new Failure(`${title} failed: ${error.message}\n${tail(log.path)}\nLog: ${log.path}`);
  }
  await log.close();
  console.log(`✓ ${title} (${seconds(performance.now() - start)})`);
}

/** Runs a script's main function and turns a `Failure` into a message and an exit code. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Failure ? `\n✗ ${error.message}` : error);
    process.exitCode = 1;
  }
}

export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

async function runLogged(log, command, args, env = {}) {
  log.stream.write(`$ ${command} ${args.join(" ")}\n`);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.pipe(log.stream, { end: false });
  child.stderr.pipe(log.stream, { end: false });
  const output = [];
  child.stdout.on("data", (chunk) => output.push(chunk));
  const [code, signal] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ended with ${signal ?? `exit code ${code}`}`);
  return Buffer.concat(output).toString();
}

function openLog(title) {
  const folder = join(targetDir, "logs");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.log`);
  const stream = createWriteStream(path);
  return { path, stream, close: () => new Promise((resolve) => stream.end(resolve)) };
}

function tail(path) {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-40).join("\n");
}
