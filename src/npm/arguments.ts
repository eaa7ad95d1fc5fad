/** The checks of the WebSocket standard, for when no native socket is there to make them. */
import { utf8Length } from "./message.js";

/** The longest close reason, in bytes (RFC 6455 section 5.5). */
const LONGEST_REASON = 123;

/** A protocol is a token (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The URL as `WebSocket.url` shows it: resolved against the page, `http` read as `ws`. */
export function checkUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    throw syntaxError(`The URL '${text}' is invalid.`);
  }
  const scheme = url.protocol.replace(/^http/, "ws");
  if (scheme !== "ws:" && scheme !== "wss:") {
    throw syntaxError(`The URL's scheme must be 'ws', 'wss', 'http' or 'https', not '${scheme}'.`);
  }
  if (url.href.includes("#")) {
    throw syntaxError(`The URL '${text}' has a fragment, which a WebSocket cannot ask for.`);
  }
  return url.href.replace(/^http/, "ws");
}

/** The protocols as a list. */
export function checkProtocols(protocols: unknown): string[] {
  if (protocols === undefined || protocols === null) return [];
  const isList = typeof protocols === "object" && Symbol.iterator in protocols;
  const list = Array.from(isList ? (protocols as Iterable<unknown>) : [protocols], String);
  for (const [index, protocol] of list.entries()) {
    if (!TOKEN.test(protocol)) throw syntaxError(`The protocol '${protocol}' is invalid.`);
    if (list.indexOf(protocol) !== index) {
      throw syntaxError(`The protocol '${protocol}' is asked for twice.`);
    }
  }
  return list;
}

/** The arguments of `close`, converted as WebIDL says: the code is a clamped unsigned short. */
export function checkClose(code: unknown, reason: unknown): [code: number | undefined, reason: string] {
  const clamped = code === undefined ? undefined : clampToShort(Number(code));
  const text = reason === undefined ? "" : wellFormed(String(reason));
  if (clamped !== undefined && clamped !== 1000 && (clamped < 3000 || clamped > 4999)) {
    throw new DOMException(
      `The close code must be 1000, or between 3000 and 4999; ${clamped} is neither.`,
      "InvalidAccessError",
    );
  }
  if (utf8Length(text) > LONGEST_REASON) {
    throw syntaxError(`The close reason must not be longer than ${LONGEST_REASON} bytes.`);
  }
  return [clamped, text];
}

/** Lone surrogates become replacement characters. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** WebIDL `[Clamp]`: into the range, then to the nearest integer, the even one of two. */
function clampToShort(number: number): number {
  const inRange = Math.min(Math.max(number || 0, 0), 65535);
  const floor = Math.floor(inRange);
  const isUp = inRange - floor > 0.5 || (inRange - floor === 0.5 && floor % 2 === 1);
  return isUp ? floor + 1 : floor;
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, "SyntaxError");
}
