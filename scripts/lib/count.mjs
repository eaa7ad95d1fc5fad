// Runs test programs on the terminal and adds up what they count themselves.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { root } from "./project.mjs";

const TIME_LIMIT = 20 * 60_000;

// The closing lines of cargo test and wasm-bindgen's runner, and of Node's test runner.
const passedLine = /^test result: .*?(\d+) passed;|^ℹ pass (\d+)$/;
const failedLine = /^test result: .*?(\d+) failed;|^ℹ (?:fail|cancelled) (\d+)$/;

/** Runs a program; resolves to `{ passed, failed }`. One that counts nothing counts as one test. */
export async function count(command, args, env = {}) {
  console.log(`$ ${command} ${args.join(" ")}`);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...colours(), ...env },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: TIME_LIMIT,
    killSignal: "SIGKILL",
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    process.stdout.write(chunk);
    output += chunk;
  });
  const [code, signal] = await once(child, "close");
  if (signal) console.error(`${command} was ended by ${signal}`);
  return verdict(output, code === 0);
}

function verdict(output, succeeded) {
  const lines = stripVTControlCharacters(output).split("\n");
  const total = (pattern) =>
    lines.reduce((sum, line) => {
      const match = line.trim().match(pattern);
      return sum + Number(match?.[1] ?? match?.[2] ?? 0);
    }, 0);
  const passed = total(passedLine);
  const failed = total(failedLine);
  if (!succeeded) return { passed, failed: Math.max(failed, 1) };
  return { passed: passed + failed === 0 ? 1 : passed, failed };
}

// Programs print colours only to a terminal, and theirs is a pipe here.
function colours() {
  return process.stdout.isTTY ? { CARGO_TERM_COLOR: "always", FORCE_COLOR: "1" } : {};
}
