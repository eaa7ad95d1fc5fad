// Programs that serve, each as a process of its own, and what the kernel knows about them (Linux).

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root, targetDir } from "../../scripts/lib/project.mjs";

/** The reference server as it is built for release. */
export function startReference(flags = []) {
  return startServer(join(targetDir, "release", "examples", "server"), ["--port", "0", ...flags]);
}

/** A server that is a module for Node: its path, and what it is told. */
export function startNode(args) {
  return startServer(process.execPath, args);
}

/** Starts a program whose first line is `listening on http://…`: gives its `port`. */
export async function startServer(command, args) {
  const program = startProgram(command, args);
  const [, port] = /^listening on http:\/\/.*:(\d+)$/.exec(await program.line());
  return Object.assign(program, { port: Number(port) });
}

export function startProgram(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const gone = once(child, "exit");
  return {
    pid: child.pid,
    /** Says a line to it. */
    say: (line) => child.stdin.write(`${line}\n`),
    /** The next line that it says. */
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} has ended`);
      return value;
    },
    async stop() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** The memory that a process has in use, in bytes. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]) * 1024;
}

/** The processor time that a process has used with all its threads, in ms. */
export function cpuOf(pid) {
  // Behind the name, which may have spaces; in ticks of 10 ms.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
