// Breaks each rule that makes sessions exactly-once, in a copy of the project, and looks whether the
// tests notice. One that survives is a hole in the tests.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, targetDir } from "./lib/project.mjs";
import { Failure, main, seconds } from "./lib/step.mjs";
import { printTable } from "./lib/table.mjs";

const copy = join(targetDir, "mutants", "tree");
const env = { ...process.env, CARGO_TARGET_DIR: join(targetDir, "mutants", "target") };

const suites = {
  server: ["--example", "server", "session"],
  session: ["--test", "session"],
};

const server = "examples/server/session/protocol";
const mutants = [
  {
    mutant: "server: stale attaches are let in",
    file: `${server}/hello.rs`,
    from: "if is_stale && !is_new {",
    to: "if false && is_stale && !is_new {",
  },
  {
    mutant: "server: `s` is ignored",
    file: `${server}/link.rs`,
    from: "self.up = Some(n);\n        Ok(())",
    to: "Ok(())",
  },
  {
    mutant: "server: `s` is not said",
    file: `${server}/link.rs`,
    from: "Some(_) if n > self.down => {",
    to: "Some(_) if false && n > self.down => {",
  },
  {
    mutant: "server: duplicates are let through",
    file: `${server}/uplink.rs`,
    from: "Ok(is_new)",
    to: "Ok(true)",
  },
  {
    mutant: "client: `s` is ignored",
    file: "src/session/downlink.rs",
    from: "*next = number;",
    to: "let _ = next;",
  },
  {
    mutant: "client: `s` is not said",
    file: "src/session/uplink.rs",
    from: "(self.expected != number).then_some(number)",
    to: "(false && self.expected != number).then_some(number)",
  },
  {
    mutant: "client: duplicates are let through",
    file: "src/session/downlink.rs",
    from: "return Arrival::Repeated;",
    to: "return Arrival::New;",
  },
];

await main(async () => {
  copyTree();
  for (const [name, args] of Object.entries(suites)) {
    if (!passes(args)) throw new Failure(`Without a mutant "${name}" must pass`);
  }
  const rows = mutants.map(judge);
  printTable(rows);
  const survivors = rows.filter(({ killed }) => killed === "no");
  if (survivors.length > 0) throw new Failure(`${survivors.length} survived`);
});

function judge({ mutant, file, from, to }) {
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2) throw new Failure(`${file} must have once: ${from}`);
  writeFileSync(path, text.replace(from, to));
  const start = performance.now();
  const killers = Object.keys(suites).filter((name) => !passes(suites[name]));
  writeFileSync(path, text);
  const time = seconds(performance.now() - start);
  return { mutant, killed: killers.length > 0 ? "yes" : "no", by: killers.join(", "), time };
}

function passes(args) {
  // What does not compile is a mistake here, and no proof of anything.
  const build = cargo("test", "--no-run", ...args);
  if (build.status !== 0) throw new Failure(build.stderr);
  return cargo("test", ...args).status === 0;
}

function cargo(...args) {
  return spawnSync("cargo", args, { cwd: copy, env, encoding: "utf8", maxBuffer: 2 ** 26 });
}

/** All files that git knows or would take. */
function copyTree() {
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const { stdout } = spawnSync("git", list, { cwd: root, encoding: "utf8" });
  for (const file of stdout.split("\0").filter((file) => file && existsSync(join(root, file)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
}
