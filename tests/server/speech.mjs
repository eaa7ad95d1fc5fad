// A voice, and a recogniser that understands it: both are real, and say the same every time.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pocketsphinx } from "../../scripts/lib/project.mjs";

const SCRIPT = fileURLToPath(
  new URL("../../examples/transcribers/pocket-sphinx.py", import.meta.url),
);
const ROBOT = fileURLToPath(new URL("robot.gram", import.meta.url));

/** For --transcriber: understands a robot's commands, such as "go forward ten meters". */
export const robot = `env 'PYTHONPATH=${pocketsphinx.folder}' python3 '${SCRIPT}' --grammar '${ROBOT}'`;

/** What flite says: 16-bit samples at 16 kHz. */
export function speak(text, voice = "slt") {
  const folder = mkdtempSync(join(tmpdir(), "everline-"));
  try {
    const file = join(folder, "speech.wav");
    execFileSync("flite", ["-voice", voice, "-t", text, "-o", file]);
    const bytes = readFileSync(file).subarray(44);
    return Int16Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readInt16LE(2 * at));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
