// One request of the HTTP fallback, by `fetch`. Plain JavaScript, because both faces use it: the npm
// package's, and through wasm-bindgen the Rust API's.

/** What is told of a request; for the core, its place in the face's list `Happening`. */
export const DEPARTED = 5;
export const UNSENT = 6;
export const UNANSWERED = 7;
export const STREAMED = 8;
export const FINISHED = 9;
export const CUT = 10;
export const ANSWERED = 11;
export const MESSAGE = 12;

/**
 * @typedef {string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob} Part
 *
 * @typedef {object} Post
 * @property {string} url
 * @property {Part[]} parts The messages of the body.
 * @property {string} batch How messages share a body: "none", "ndjson" or "concat".
 * @property {HeadersInit | undefined} headers The application's.
 * @property {RequestCredentials | undefined} credentials
 * @property {string | undefined} key The same for every repetition of this body.
 * @property {boolean} careful Whether to ask first if anybody is there.
 * @property {boolean} keepalive Whether to outlive the page.
 * @property {string} binaryType
 */

/**
 * Whether a message can share a body with others.
 *
 * @param {unknown} message
 * @param {string} batch
 */
export function joins(message, batch) {
  if (batch === "ndjson") return typeof message === "string" && !message.includes("\n");
  return batch === "concat" && typeof message !== "string";
}

/**
 * Posts one body, and tells how that goes: `UNSENT`, or `UNANSWERED`, or `ANSWERED` and, after a
 * success, each message that the answer holds and its end. Once the signal is aborted nothing is
 * told any more.
 *
 * @param {Post} post
 * @param {AbortSignal} signal
 * @param {(kind: number, value?: unknown, retryAfter?: number) => void} tell
 */
export async function exchange(post, signal, tell) {
  const { url, careful, binaryType } = post;
  /** @type {typeof tell} */
  const say = (...news) => signal.aborted || tell(...news);
  let request;
  try {
    request = requestOf(post, signal);
    // What this answers is of no interest, only that something does.
    if (careful) {
      await fetch(url, { method: "HEAD", mode: "no-cors", credentials: "omit", signal });
      say(DEPARTED);
    }
  } catch (error) {
    return say(UNSENT, failure("network", `${url} cannot be reached`, error));
  }
  let response;
  try {
    response = await fetch(request);
  } catch (error) {
    return say(UNANSWERED, failure("network", whyUnanswered(url), error));
  }
  const { ok, status, headers, body } = response;
  const type = (headers.get("content-type") ?? "").replace(/;.*/s, "").trim().toLowerCase();
  const refuse = (/** @type {Parameters<typeof tell>} */ ...news) => {
    body?.cancel().catch(() => {});
    say(...news);
  };
  if (response.type === "opaqueredirect") {
    const problem = `${url} redirects, and a message must not go where nobody said`;
    return refuse(ANSWERED, { status: 300, error: failure("redirect", problem) });
  }
  if (ok && type === "text/html") {
    return refuse(
      UNANSWERED,
      failure("type", `${url} answered with a web page`, undefined, status),
    );
  }
  if (!ok) {
    const error = failure("status", `${url} answered ${status}`, undefined, status);
    return refuse(ANSWERED, { status, error }, retryAfter(headers));
  }
  say(ANSWERED, { status });
  try {
    if (type === "application/x-ndjson") {
      await readLines(body, (line) => say(STREAMED, line));
    } else {
      const data = await (/^text\/|[/+]json$/.test(type)
        ? response.text()
        : response.arrayBuffer());
      const isEmpty = data === "" || /** @type {ArrayBuffer} */ (data).byteLength === 0;
      const isBlob = typeof data !== "string" && binaryType === "blob";
      if (!isEmpty) say(MESSAGE, isBlob ? new Blob([data]) : data);
    }
  } catch (error) {
    return say(CUT, failure("body", `the answer of ${url} was cut short`, error, status));
  }
  say(FINISHED);
}

/**
 * An `Error` of which a program can tell what happened.
 *
 * @param {string} kind
 * @param {string} message
 * @param {unknown} [cause]
 * @param {number} [status]
 */
export function failure(kind, message, cause, status) {
  const error = new Error(`everline: ${message}`, { cause });
  return Object.assign(error, { name: "FallbackError", kind, status });
}

/**
 * Nothing in it makes a browser ask the server for permission first (Fetch standard, "CORS-safelisted
 * request-header"), unless the application wants it so.
 *
 * @param {Post} post
 * @param {AbortSignal} signal
 */
function requestOf({ url, parts, batch, headers: given, credentials, key, keepalive }, signal) {
  const headers = new Headers(given);
  if (!headers.has("accept")) headers.set("accept", "application/x-ndjson, */*");
  if (key) headers.set("idempotency-key", key);
  const [first] = parts;
  const isLines = batch === "ndjson" && joins(first, batch);
  if (isLines) headers.set("content-type", "application/x-ndjson");
  /** @type {BodyInit | undefined} */
  let body;
  if (isLines) body = `${parts.join("\n")}\n`;
  // A blob's own type would be sent; one that is made of it has none.
  else if (parts.length > 1 || first instanceof Blob) body = new Blob(parts);
  else body = first;
  /** @type {RequestInit} */
  const init = { method: "POST", headers, redirect: "manual", keepalive, signal };
  if (body !== undefined) init.body = body;
  if (credentials) init.credentials = credentials;
  return new Request(url, init);
}

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>> | null} body
 * @param {(line: string) => void} hear
 */
async function readLines(body, hear) {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (let done = !reader; !done; ) {
    const chunk = await reader?.read();
    done = !chunk || chunk.done;
    const lines = (rest + decoder.decode(chunk?.value, { stream: !done })).split(/\r?\n/);
    rest = done ? "" : (lines.pop() ?? "");
    for (const line of lines) if (line) hear(line);
  }
}

/**
 * RFC 9110 section 10.2.3: seconds, or a date. Another origin's is only seen if it is exposed.
 *
 * @param {Headers} headers
 */
function retryAfter(headers) {
  const text = headers.get("retry-after") ?? "";
  return Math.max(0, /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now());
}

/** @param {string} url */
function whyUnanswered(url) {
  const { origin } = globalThis.location ?? {};
  const isForeign = origin && new URL(url, origin).origin !== origin;
  const advice = `it is unreachable, or its CORS headers do not allow ${origin}`;
  return isForeign
    ? `${url} gave no answer that may be read here: ${advice}`
    : `${url} gave no answer`;
}
