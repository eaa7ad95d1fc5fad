/** The HTTP side of a link: puts bodies together, and keeps the one request that is under way. */
import { exchange, joins, type Part, type Post, STREAMED } from "../browser/fetch.js";
import type { FallbackSettings } from "./options.js";

/** News of the request with these messages; see `exchange`. */
type Tell = (
  post: number,
  parts: Part[],
  kind: number,
  value?: unknown,
  retryAfter?: number,
) => void;

export class Http {
  #settings: FallbackSettings;
  #url: () => Promise<string>;
  #tell: Tell;
  /** The next body. */
  #parts: Part[] = [];
  #request: AbortController | undefined;
  /** Each body's key is this and its number. */
  #prefix = crypto.getRandomValues(new Uint32Array(4)).join("-");
  /** How many lines of whose answer were heard: its repetition brings them once more. */
  #heard = { post: 0, lines: 0 };

  constructor(settings: FallbackSettings, url: () => Promise<string>, tell: Tell) {
    this.#settings = settings;
    this.#url = url;
    this.#tell = tell;
  }

  joins(message: unknown): boolean {
    return joins(message, this.#settings.batch);
  }

  addPart(part: unknown): void {
    this.#parts.push(part as Part);
  }

  /** Posts the parts. */
  post(post: number, careful: boolean, binaryType: string): void {
    const parts = this.#parts.splice(0);
    this.#request = new AbortController();
    if (this.#heard.post !== post) this.#heard = { post, lines: 0 };
    const key =
      this.#settings.idempotent && parts.length > 0 ? `${this.#prefix}-${post}` : undefined;
    let line = 0;
    const how = { careful, key, asBlob: binaryType === "blob" };
    this.#send(parts, how, this.#request, (...news) => {
      if (news[0] === STREAMED) {
        if (++line <= this.#heard.lines) return;
        this.#heard.lines = line;
      }
      this.#tell(post, parts, ...news);
    });
  }

  abort(): void {
    this.#request?.abort();
  }

  /** Posts the parts with nobody to wait for the answers. */
  sendOff(): void {
    const bodies: Part[][] = [];
    for (const part of this.#parts.splice(0)) {
      const last = bodies.at(-1);
      if (last && this.joins(last[0]) && this.joins(part)) last.push(part);
      else bodies.push([part]);
    }
    for (const parts of bodies)
      this.#send(parts, { keepalive: true }, new AbortController(), () => {});
  }

  #send(
    parts: Part[],
    how: Partial<Post>,
    { signal }: AbortController,
    tell: Parameters<typeof exchange>[2],
  ): void {
    const { batch, credentials, headers } = this.#settings;
    const defaults = { key: undefined, careful: false, keepalive: false, asBlob: false };
    const what = { url: this.#url(), headers: headers(), credentials, batch, parts };
    exchange({ ...defaults, ...how, ...what }, signal, tell);
  }
}
