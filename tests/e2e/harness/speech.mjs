// Somebody speaks, into Chromium's microphone or just so, and a real recogniser listens.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pocketsphinx, recordings } from "../../../scripts/lib/project.mjs";
import { pcm, wav } from "../../server/sound.mjs";
import { microphone } from "./browser.mjs";

/** Of all speech here, which has 16 bits and one channel. */
const RATE = 16_000;

const folder = mkdtempSync(join(tmpdir(), "everline-speech-"));
process.on("exit", () => {
  rmSync(folder, { recursive: true });
  rmSync(microphone, { force: true });
});

/** The server's flags, so that it recognises what a grammar allows (Java Speech Grammar Format). */
export function recognising(grammar) {
  process.env.PYTHONPATH = pocketsphinx.folder;
  const file = join(folder, "said.gram");
  writeFileSync(file, grammar);
  return ["--transcriber", `python3 examples/transcribers/pocket-sphinx.py --grammar ${file}`];
}

/** Somebody's words from Debian's pocketsphinx-testdata. */
export function recorded(name) {
  return samplesOf(readFileSync(join(recordings, name)));
}

/** Has the microphone hear these, one after the other, when it is opened. */
export function intoMicrophone(...sounds) {
  writeFileSync(microphone, wav(pcm(...sounds), { rate: RATE }));
}

function samplesOf(bytes) {
  return new Int16Array(Uint8Array.from(bytes).buffer);
}

/** What to ask for to hear it as it is, without what browsers do for speech. */
export const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** Lets a page use Chromium's microphone, or forbids it, which ends what it has. */
export async function permit(page, setting = "granted") {
  const session = await page.createCDPSession();
  await session.send("Browser.setPermission", {
    permission: { name: "microphone" },
    setting,
    origin: new URL(page.url()).origin,
    browserContextId: page.browserContext().id,
  });
}
