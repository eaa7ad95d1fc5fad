// One request of the HTTP fallback, by `fetch`.

/** What is told of a request; all but the first is for the core, by the face's list `Happening`. */
export const MESSAGE = -1;
export const DEPARTED = 5;
export const UNSENT = 6;
export const UNANSWERED = 7;
export const STREAMED = 8;
export const FINISHED = 9;
export const CUT = 10;
export const ANSWERED = 11;

const NDJSON = "application/x-ndjson";

/**
 * @typedef {string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob} Part
 *
 * @typedef {object} Post
 * @property {string | Promise<string>} url
 * @property {HeadersInit | undefined | Promise<HeadersInit | undefined>} headers The application's.
 * @property {RequestCredentials | undefined} credentials
 * @property {Part[] | Promise<Part[]>} parts The messages of the body, or what it is made of.
 * @property {string} [batch] How messages share a body: "none", "ndjson" or "concat".
 * @property {string} [key] The same for every repetition of this body.
 * @property {boolean} [careful] Whether to ask first if anybody is there.
 * @property {boolean} [keepalive] Whether to outlive the page.
 * @property {boolean} [asBlob] Whether binary messages are blobs.
 * @property {(response: Response) => Promise<void>} [read] Reads an answer that does not hold messages.
 */

/**
 * Whether a message can share a body with others.
 *
 * @param {unknown} message
 * @param {string} [batch]
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
  /** @type {typeof tell} */
  const say = (...news) => signal.aborted || tell(...news);
  // What a failure means at this point.
  let [meaning, kind, problem] = [UNSENT, "provider", "no URL, headers or token for a request"];
  try {
    const { read } = post;
    const [url, headers, parts] = await Promise.all([post.url, post.headers, post.parts]);
    const request = requestOf(url, headers, parts, post, signal);
    [kind, problem] = ["network", `${url} cannot be reached`];
    if (post.careful) {
      await knock(url, post.credentials, signal);
      say(DEPARTED);
    }
    [meaning, problem] = [UNANSWERED, `${url} gave no answer${adviceOnCors(url)}`];
    const response = await fetch(request);
    const { status } = response;
    const type = (response.headers.get("content-type") ?? "").toLowerCase();
    const isRedirect = response.type === "opaqueredirect";
    if (isRedirect || !response.ok) {
      const error = isRedirect
        ? failure("redirect", `${url} redirects`)
        : failure("status", `${url} answered ${status}`, undefined, status);
      say(ANSWERED, { status: status || 300, error }, retryAfter(response));
    } else if (type.startsWith("text/html")) {
      say(UNANSWERED, failure("type", `${url} answered with a web page`, undefined, status));
    } else {
      if (!read) say(ANSWERED, { status });
      [meaning, kind, problem] = [CUT, "body", `the answer of ${url} was cut short`];
      await (read?.(response) ?? readMessages(response, type, post.asBlob, say));
      say(FINISHED);
      return;
    }
    await response.body?.cancel();
  } catch (error) {
    say(meaning, failure(kind, problem, error));
  }
}

/**
 * Finds out if anybody is there: what they answer is of no interest.
 *
 * @param {string} url
 * @param {RequestCredentials | undefined} used By the request that is to follow.
 * @param {AbortSignal} signal
 */
function knock(url, used, signal) {
  const isCredentialed = used === "include" || (used !== "omit" && !isForeign(url));
  // Browsers repeat a request by themselves if it dies on a connection that had carried another.
  // With other credentials this one has a connection of its own.
  const credentials = isCredentialed ? "omit" : "include";
  const ask = { method: "HEAD", signal };
  return fetch(url, { ...ask, mode: "no-cors", credentials }).catch(() =>
    // A page with an embedder policy may hear nothing without CORS (HTML standard, "COEP").
    fetch(url, { ...ask, credentials: "omit" }),
  );
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
 * @param {string} url
 * @param {HeadersInit | undefined} given
 * @param {Part[]} parts
 * @param {Post} post
 * @param {AbortSignal} signal
 */
function requestOf(url, given, parts, { batch, credentials, key, keepalive }, signal) {
  const headers = new Headers(given);
  if (!headers.has("accept")) headers.set("accept", `${NDJSON}, */*`);
  if (key) headers.set("idempotency-key", key);
  /** @type {BodyInit | undefined} */
  let body = parts[0];
  if (typeof body === "string" && joins(body, batch)) {
    headers.set("content-type", NDJSON);
    body = `${parts.join("\n")}\n`;
  } else if (parts.length > 1 || body instanceof Blob) {
    // A blob's own type would be sent; one that is made of it has none.
    body = new Blob(parts);
  }
  /** @type {RequestInit} */
  const init = { method: "POST", headers, redirect: "manual", signal };
  // Only where nobody may want to abort it: in Chromium such a request goes on all the same. One of
  // more than 64 KiB would be refused (Fetch standard, "HTTP-network-or-cache fetch").
  if (keepalive && new Blob(parts).size <= 65_536) init.keepalive = true;
  // Some platforms send what is given, be it nothing.
  if (body !== undefined) init.body = body;
  if (credentials) init.credentials = credentials;
  return new Request(url, init);
}

/**
 * @param {Response} response
 * @param {string} type
 * @param {boolean | undefined} asBlob
 * @param {(kind: number, message: unknown) => void} say
 */
async function readMessages(response, type, asBlob, say) {
  if (type.startsWith(NDJSON)) {
    await readLines(response, (line) => say(STREAMED, line));
    return;
  }
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength === 0) return;
  if (/^text\/|[/+]json\b/.test(type)) say(MESSAGE, utf8().decode(bytes));
  else say(MESSAGE, asBlob ? new Blob([bytes]) : bytes);
}

/**
 * @param {Response} response
 * @param {(line: string) => void} hear
 */
async function readLines(response, hear) {
  const decoder = utf8();
  let rest = "";
  await readChunks(response, (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: !!chunk })).split(/\r?\n/);
    rest = chunk ? (lines.pop() ?? "") : "";
    for (const line of lines) if (line) hear(line);
  });
}

/**
 * Hands over the body piece by piece, and nothing at its end.
 *
 * @param {Response} response
 * @param {(chunk?: Uint8Array) => void} take
 */
export async function readChunks({ body }, take) {
  const reader = body?.getReader();
  let chunk = await reader?.read();
  for (; chunk && !chunk.done; chunk = await reader?.read()) take(chunk.value);
  take();
}

/**
 * As on a WebSocket, a byte order mark is part of the text.
 *
 * @param {boolean} [fatal]
 */
export function utf8(fatal) {
  return new TextDecoder("utf-8", { ignoreBOM: true, fatal });
}

/** 128 bits that nobody can guess, in digits and hyphens. */
export function randomName() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

/**
 * RFC 9110 section 10.2.3: seconds, or a date. Another origin's is only seen if it is exposed.
 *
 * @param {Response} response
 */
function retryAfter({ headers }) {
  const text = headers.get("retry-after") ?? "";
  return Math.max(0, /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now());
}

/** @param {string} url */
function adviceOnCors(url) {
  if (!isForeign(url)) return "";
  return `: it cannot be reached, or its CORS headers do not allow ${location.origin}`;
}

/** @param {string} url */
function isForeign(url) {
  const { href, origin } = globalThis.location ?? {};
  return href !== undefined && new URL(url, href).origin !== origin;
}
