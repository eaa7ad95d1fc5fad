/** The wasm core's part of the error filter: the rule. */
import bytes from "virtual:everline-errors";
import { type InitOutput, initSync } from "../../../target/npm-errors/everline.js";
import type { Evidence } from "../../browser/page.js";
import { embedded } from "../start.js";
import { type Frame, KEEPING, ORIGINS, type Rule, SUPPRESSING } from "./report.js";

/** The core knows each by its place in this list. */
const RULES = [...SUPPRESSING, ...KEEPING];

/** What an error is judged against; lists have one pattern a line. */
export interface Terms {
  page: string;
  runtimeMessages: boolean;
  ownUrls: string;
  urls: string;
  messages: string;
}

/** Longer texts are not judged: they would have to fit the core's memory, and no error is a book. */
const PLACES = 2 ** 22;

/** What a NUL is for the core, to which it is the end of a text: a unit that it has no use for. */
const OTHER = 127;

const ensureStarted = /* @__PURE__ */ embedded(initSync, bytes);

let wasm: InitOutput;

/** Decides. Without a core, or about what is too long, there is no decision. */
export function decide(evidence: Evidence, terms: Terms): { rule: Rule; frames: Frame[] } {
  const { message, filename, heading, stack, causes, isNormalClose } = evidence;
  const { page, runtimeMessages, ownUrls, urls, messages } = terms;
  const frames: Frame[] = [];
  const texts = [page, ownUrls, urls, messages, message, filename, heading, stack, causes];
  const length = texts.join("").length + texts.length;
  if (length > PLACES || !isStarted()) return { rule: "unavailable", frames };
  const address = wasm.noise_create(length);
  let end = address;
  for (const text of texts) {
    for (let at = 0; at < text.length; at++) wasm.noise_write(end++, text.charCodeAt(at) || OTHER);
    wasm.noise_write(end++, 0);
  }
  const rule =
    RULES[wasm.noise_judge(address, length, Number(isNormalClose), Number(runtimeMessages))];
  const stackEnd = end - causes.length - 2;
  const stackStart = stackEnd - stack.length;
  for (let from = 0; from >= 0; from = stack.indexOf("\n", from)) {
    const frame = wasm.noise_frame(address, length, from && stackStart + from, stackEnd);
    if (frame < 0) break;
    const start = from + (frame % PLACES);
    from = start + (Math.floor(frame / PLACES) % PLACES);
    const origin = ORIGINS[Math.floor(frame / PLACES ** 2)] ?? "neutral";
    frames.push({ location: stack.slice(start, from), origin });
  }
  wasm.noise_free(address, length);
  return { rule: rule ?? "unavailable", frames };
}

function isStarted(): boolean {
  try {
    wasm = ensureStarted();
    return true;
  } catch {
    return false;
  }
}
