// A project of its own that has installed the packed tarball, as users do. It lies in here, so that its
// bundlers are found, too.

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export const root = fileURLToPath(new URL("../../..", import.meta.url));
export const project = mkdtempSync(join(root, "tests/package/installed-"));
/** The package as the project has it. */
export const installed = join(project, "node_modules/everline");

after(() => rmSync(project, { recursive: true, force: true }));

const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", project];
/** What npm tells of the tarball. */
export const [packed] = JSON.parse((await run("npm", pack, { cwd: root })).stdout);
export const tarball = join(project, packed.filename);

writeFileSync(join(project, "package.json"), '{ "private": true }');
await run("npm", ["install", "--offline", "--no-save", tarball], { cwd: project });
for (const consumer of ["app", "next", "node", "types"]) {
  cpSync(join(root, "tests/package", consumer), join(project, consumer), { recursive: true });
}

/** The path of a program that one of the consumers' packages brings. */
export function program(name) {
  return join(root, "tests/package/node_modules/.bin", name);
}

/** Runs a program in one of the project's folders; its output, or an error that has it. */
export async function runIn(folder, command, args, env = {}) {
  const options = { cwd: join(project, folder), env: { ...process.env, ...env } };
  const { stdout, stderr } = await run(command, args, options).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`);
  });
  return { stdout, stderr };
}

/** All files of a folder of the project, by their paths in it. */
export function filesIn(folder) {
  return readdirSync(join(project, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(project, folder).length + 1));
}
