// The native half: what it prints is JSON, what it says meanwhile is for whoever waits.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { root } from "../../scripts/lib/project.mjs";

export async function ask(program, args) {
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} has failed (${code})`);
  return JSON.parse(Buffer.concat(chunks).toString());
}
