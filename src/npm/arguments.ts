/** The checks of the WebSocket standard, for when no native socket is there to make them. */
import { utf8Length } from "./message.js";

/** The longest close reason, in bytes (RFC 6455 section 5.5). */
const LONGEST_REASON = 123;

/** A protocol is a token (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The URL as `WebSocket.url` shows it: resolved against the page, `http` read as `ws`. */
export function checkUrl(text: string): string {
  const url = parse(text);
  if (!url) throw syntaxError(`The URL '${text}' is invalid.`);
  const scheme = url.protocol.replace(/^http/, "ws");
  if (scheme !== "ws:" && scheme !== "wss:") {
    throw syntaxError(`The URL '${text}' must have ws, wss, http or https as its scheme.`);
  }
  if (url.href.includes("#")) {
    throw syntaxError(`The URL '${text}' has a fragment.`);
  }
  return url.href.replace(/^http/, "ws");
}

/** What a message's `origin` is. A class that the application brought may have URLs of its own kind. */
export function originOf(url: string): string {
  return parse(url)?.origin ?? "";
}

/** The fallback's URL, resolved against the page. It must not weaken what the socket's asks for. */
export function checkFallbackUrl(text: string, socketUrl: string): string {
  const url = parse(text);
  const schemes = socketUrl.startsWith("wss:") ? ["https:"] : ["https:", "http:"];
  // Nothing would mean the page itself.
  if (text === "" || !url || !schemes.includes(url.protocol)) {
    const expected = `a URL with ${schemes.join(" or ")}`;
    throw new TypeError(`everline: option 'fallback.url' must be ${expected}, not '${text}'`);
  }
  return url.href;
}

/** The protocols as a list: an object that can be iterated is one, anything else is one protocol. */
export function listProtocols(protocols: unknown): string[] {
  if (protocols === undefined || protocols === null) return [];
  const { [Symbol.iterator]: iterator } = protocols as Partial<Iterable<unknown>>;
  const isList = typeof protocols === "object" && iterator !== undefined && iterator !== null;
  return Array.from(isList ? (protocols as Iterable<unknown>) : [protocols], toText);
}

export function checkProtocols(list: string[]): string[] {
  for (const [index, protocol] of list.entries()) {
    if (!TOKEN.test(protocol)) throw syntaxError(`The protocol '${protocol}' is invalid.`);
    if (list.indexOf(protocol) !== index) {
      throw syntaxError(`The protocol '${protocol}' is asked for twice.`);
    }
  }
  return list;
}

/**
 * The arguments of `close`, converted as WebIDL says: the code is a clamped unsigned short. A reason
 * cannot be sent without a code (RFC 6455 section 5.5.1), so it gets the usual one; some browsers
 * would throw.
 */
export function checkClose(
  code: unknown,
  reason: unknown,
): [code: number | undefined, reason: string | undefined] {
  // The operator, because `Number` takes what WebIDL refuses: a BigInt.
  const clamped = code === undefined ? undefined : clampToShort(+(code as number));
  const text = reason === undefined ? "" : wellFormed(toText(reason));
  if (clamped !== undefined && clamped !== 1000 && (clamped < 3000 || clamped > 4999)) {
    throw new DOMException(
      `The close code must be 1000, or between 3000 and 4999, not ${clamped}.`,
      "InvalidAccessError",
    );
  }
  if (utf8Length(text) > LONGEST_REASON) {
    throw syntaxError(`The close reason must not have more than ${LONGEST_REASON} bytes.`);
  }
  return text === "" ? [clamped, undefined] : [clamped ?? 1000, text];
}

/** The template, because `String` takes what WebIDL refuses: a symbol. */
export function toText(value: unknown): string {
  return `${value}`;
}

/** Lone surrogates become replacement characters. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** WebIDL `[Clamp]`: into the range, then to the nearest integer, the even one of two. */
function clampToShort(number: number): number {
  // Between this and its double a float has no fraction, and rounds as it is wanted here.
  const whole = 2 ** 52;
  return Math.min(Math.max(number || 0, 0), 65535) + whole - whole;
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    return undefined;
  }
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, "SyntaxError");
}
