/** A WAV segment that had no room in the queue, on its way by a request of its own. */
import { randomName } from "../../browser/fetch.js";
import type { AudioSpill } from "./options.js";
import { parsed } from "./talk.js";

/** How long an answer may take, in ms. */
const LONGEST_ANSWER = 30_000;

/**
 * Resolves to what the server answered: what its JSON says, or its text. A server that could not be
 * reached, or did not know what to do, is asked once more, with the same `Idempotency-Key`.
 */
export async function spill(
  { url, headers, fields }: AudioSpill,
  wav: ArrayBuffer,
  stop: AbortController,
): Promise<unknown> {
  const timer = setTimeout(() => stop.abort(), LONGEST_ANSWER);
  const file = new Blob([wav], { type: "audio/wav" });
  const all = new Headers(headers);
  all.set("Idempotency-Key", randomName());
  const body = fields ? form(fields, file) : file;
  const init = { method: "POST", headers: all, body, signal: stop.signal };
  try {
    const text = await post(url, init).catch(() => post(url, init));
    return parsed(text);
  } finally {
    clearTimeout(timer);
  }
}

async function post(url: string | URL, init: RequestInit): Promise<string> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`everline: ${response.url} answered ${response.status}`);
  return response.text();
}

function form(fields: Record<string, string>, file: Blob): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  data.set("file", file, "audio.wav");
  return data;
}
