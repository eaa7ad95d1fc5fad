// The HTTP side of a connection: puts bodies together, and keeps the one request that is under way.
// Plain JavaScript, because both faces use it: the npm package's, and through wasm-bindgen the Rust
// API's.
//
// What is remembered of HTTP is here as well: the server of wasm-bindgen's tests has four threads, and
// a page that asks it for a fifth module at once may wait for ever.

import { exchange, joins, randomName, STREAMED } from "./fetch.js";

/**
 * @typedef {import("./fetch.js").Part} Part
 * @typedef {import("./fetch.js").Post} Post
 *
 * @typedef {object} HttpSettings
 * @property {string} batch How messages share a body: "none", "ndjson" or "concat".
 * @property {RequestCredentials | undefined} credentials
 * @property {() => Promise<HeadersInit | undefined>} headers
 * @property {boolean} idempotent
 *
 * @callback Tell News of the request with these messages; see `exchange`.
 * @param {number} post
 * @param {Part[]} parts
 * @param {number} kind
 * @param {unknown} [value]
 * @param {number} [retryAfter]
 */

export class Http {
  #settings;
  #url;
  #tell;
  /** @type {Part[]} The next body. */
  #parts = [];
  /** @type {AbortController | undefined} */
  #request;
  /** Each body's key is this and its number. */
  #prefix = randomName();
  /** How many lines of whose answer were heard: its repetition brings them once more. */
  #heard = { post: 0, lines: 0 };

  /**
   * @param {HttpSettings} settings
   * @param {() => Promise<string>} url
   * @param {Tell} tell
   */
  constructor(settings, url, tell) {
    this.#settings = settings;
    this.#url = url;
    this.#tell = tell;
  }

  /**
   * Whether a message can share a body with others.
   *
   * @param {unknown} message
   */
  joins(message) {
    return joins(message, this.#settings.batch);
  }

  /**
   * Adds a message to the next body.
   *
   * @param {Part} part
   */
  addPart(part) {
    this.#parts.push(part);
  }

  /**
   * Posts the body.
   *
   * @param {number} post
   * @param {boolean} careful
   * @param {boolean} asBlob
   */
  post(post, careful, asBlob) {
    const parts = this.#parts.splice(0);
    this.#request = new AbortController();
    if (this.#heard.post !== post) this.#heard = { post, lines: 0 };
    const isKeyed = this.#settings.idempotent && parts.length > 0;
    const key = isKeyed ? `${this.#prefix}-${post}` : undefined;
    let line = 0;
    this.#send(parts, { careful, key, asBlob }, this.#request, (...news) => {
      if (news[0] === STREAMED) {
        if (++line <= this.#heard.lines) return;
        this.#heard.lines = line;
      }
      this.#tell(post, parts, ...news);
    });
  }

  /** Gives the request up. */
  abort() {
    this.#request?.abort();
  }

  /** Posts the parts with nobody to wait for the answers. */
  sendOff() {
    /** @type {Part[][]} */
    const bodies = [];
    for (const part of this.#parts.splice(0)) {
      const last = bodies.at(-1);
      if (last && this.joins(last[0]) && this.joins(part)) last.push(part);
      else bodies.push([part]);
    }
    for (const parts of bodies) {
      this.#send(parts, { keepalive: true }, new AbortController(), () => {});
    }
  }

  /**
   * @param {Part[]} parts
   * @param {Partial<Post>} how
   * @param {AbortController} request
   * @param {Parameters<typeof exchange>[2]} tell
   */
  #send(parts, how, { signal }, tell) {
    const { batch, credentials, headers } = this.#settings;
    exchange(
      { url: this.#url(), headers: headers(), credentials, batch, parts, ...how },
      signal,
      tell,
    );
  }
}

// Remembers for a while that HTTP was what worked, over page loads. Where nothing can be stored,
// nothing is remembered.

/** In ms. */
const LIFETIME = 30 * 60_000;

/** @param {string} url */
export function isRemembered(url) {
  try {
    // A clock that was wrong once may have written a time that is yet to come.
    return Math.abs(Date.now() - Number(localStorage.getItem(key(url)))) < LIFETIME;
  } catch {
    return false;
  }
}

/**
 * @param {string} url
 * @param {boolean} isHttp
 */
export function remember(url, isHttp) {
  try {
    if (isHttp) localStorage.setItem(key(url), `${Date.now()}`);
    else localStorage.removeItem(key(url));
  } catch {}
}

/** @param {string} url */
function key(url) {
  return `everline:http:${url}`;
}
