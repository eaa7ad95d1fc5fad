// A session without a core and without a network: what it hears and asks is written down.

import { openSession } from "../../src/browser/session.js";

export const UNSENT = 6;
export const UNANSWERED = 7;
export const FINISHED = 9;
export const CUT = 10;
export const ANSWERED = 11;

/** The modes of a hello, as the core numbers them; 8 more say that the session is new. */
export const modes = { ws: 0, probe: 1, stream: 2, poll: 3, glance: 4, send: 5 };

const encoder = new TextEncoder();

/** A session, and in `log` what it told; `settings` may be any of its settings. */
export function open(settings = {}) {
  const log = [];
  let over;
  const host = {
    log,
    over: new Promise((resolve) => {
      over = resolve;
    }),
    say: (...said) => log.push(["say", ...said]),
    lose: (attempt, error) => log.push(["lose", attempt, error.message]),
    hear(letter, _source, _number, figures, reason) {
      log.push([letter ? String.fromCharCode(letter) : "bad", ...figures, reason ?? ""]);
      if (letter === 0 || reason) over();
    },
    receive: () => true,
    deliver: (data) => log.push(["data", data]),
    told(_post, _parts, kind) {
      log.push(["told", kind]);
      over();
    },
  };
  const defaults = {
    url: async () => "http://server/session",
    headers: async () => undefined,
    protocols: () => [],
    wait: 45_000,
  };
  const session = openSession({ ...defaults, ...settings }, host);
  return { ...host, session };
}

/** What is told of an answer whose body comes in these pieces. */
export async function answered(...pieces) {
  const { session, log, over } = open();
  fetching(() => {
    const body = new ReadableStream({
      pull(controller) {
        const piece = pieces.shift();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    });
    return new Response(body);
  });
  session.greet(0, 0, 1, modes.stream);
  await over;
  await settled();
  return log;
}

/** All that could happen without a network has happened. */
export async function settled() {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

/** Whatever is asked for from now on, this answers. */
export function fetching(answer) {
  globalThis.fetch = async (request) => answer(request);
}

/** One record's bytes. */
export function record(kind, payload) {
  const bytes = typeof payload === "string" ? encoder.encode(payload) : payload;
  return join([kind, 0, 0, 0, 0], bytes, (all) =>
    new DataView(all.buffer).setUint32(1, bytes.length),
  );
}

export function join(...parts) {
  const finish = typeof parts.at(-1) === "function" ? parts.pop() : () => {};
  const all = Uint8Array.from(parts.flatMap((part) => [...part]));
  finish(all);
  return all;
}

/** A body's records, each with its kind and its payload as text. */
export async function recordsOf(request) {
  const bytes = new Uint8Array(await request.arrayBuffer());
  const records = [];
  for (let at = 0; at < bytes.length; ) {
    const length = new DataView(bytes.buffer).getUint32(at + 1);
    const payload = bytes.subarray(at + 5, at + 5 + length);
    records.push([bytes[at], new TextDecoder().decode(payload)]);
    at += 5 + length;
  }
  return records;
}
