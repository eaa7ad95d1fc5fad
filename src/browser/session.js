// What a session says and hears (docs/PROTOCOL.md): frames, records and hellos, the requests that carry
// them, and what outlives a page. It decides nothing. Plain JavaScript, because both faces use it: the
// npm package's, and through wasm-bindgen the Rust API's.

import { exchange, randomName, readChunks, utf8 } from "./fetch.js";

/** The letters of the first frame that a server sends, and of the last. */
export const WELCOME = 119;
export const END = 120;

/** Where a frame comes from: the native socket of an attempt, or the answer to a request. */
export const SOCKET = 0;
const REQUEST = 1;

/** The kinds of records. */
const TEXT = 0;
const BINARY = 1;
const CONTROL = 2;

/** The bytes of a record's kind and length. */
const HEAD = 5;
/** What announces more than this is no record: 16 MiB. */
const LONGEST = 16_777_216;

/** The places of two modes. */
const PROBE = 1;
const SEND = 5;

/** The core knows a hello's mode by its place; the second poll does not wait. */
const MODES = ["ws", "probe", "stream", "poll", "poll", "send"];

/** Marks a control frame on a WebSocket, and with `=` a text that begins like one. */
export const MARK = "\u0001";

/** The subprotocol of every WebSocket. */
export const SUBPROTOCOL = "resume.v1";

/**
 * @typedef {string | ArrayBuffer | Uint8Array<ArrayBuffer> | Blob} Message
 *
 * @typedef {object} SessionSettings
 * @property {() => Promise<string>} url Where requests go.
 * @property {() => Promise<HeadersInit | undefined>} headers
 * @property {RequestCredentials | undefined} credentials
 * @property {() => string[]} protocols The subprotocols that the application offers.
 * @property {string | (() => string | PromiseLike<string>) | undefined} token
 * @property {number} wait How long a response may stay open, in ms.
 * @property {string | undefined} place Where the session outlives the page, if it is to.
 *
 * @typedef {object} SessionHost Who acts on it. Nothing here may throw.
 * @property {(attempt: number, text: string) => void} say
 *   Send this by the attempt's native socket, if that is the newest.
 * @property {(attempt: number, error: unknown) => void} lose
 *   There is no hello for this socket, which is to be closed.
 * @property {(
 *   letter: number, source: number, number: number, figures: number[], reason?: string,
 * ) => void} hear
 *   A control frame came, or with the letter 0 something unintelligible. The figures are `recv`,
 *   `seq`, `hb`, `win` and `max` of a welcome, `code`, `recv` and `retry` (`NaN` if absent) of an end,
 *   else the frame's number. Nothing more is told of a socket or request after its end.
 * @property {(source: number, number: number, bytes: number) => boolean} receive
 *   A message came. Is it to be delivered?
 * @property {(data: string | ArrayBuffer | Blob) => void} deliver
 * @property {import("./http.js").Tell} told
 *   News of a request. A success has its frames, and tells only its end.
 *
 * @typedef {object} Kept A session that has outlived its page.
 * @property {string} id
 * @property {string} key
 * @property {string} [node]
 * @property {number[]} figures recv, acked, attach, numbered, and 1 if it is new.
 * @property {Message[]} messages Those with a number, then those that wait.
 */

/**
 * @param {SessionSettings} settings
 * @param {SessionHost} host
 */
export function openSession(settings, host) {
  const { token, wait, place, credentials } = settings;
  const kept = place ? take(place) : undefined;
  let { id, key, node } = kept ?? { id: randomName(), key: randomName() };
  let protocol = "";
  /** @type {Message[]} Of the next body, or of what is kept. */
  const parts = [];
  /** @type {AbortController[]} The one that brings messages, and the one that takes them along. */
  const requests = [];
  /** The attempt whose native socket is the session's: it said hello to attach, and was welcomed. */
  let welcomed = 0;
  let isProbing = false;
  /** The attempt on whose socket the session was ended. What the server says to that is no news. */
  let ended = 0;

  /** @param {object} members */
  async function hello(members) {
    const protocols = settings.protocols();
    return `h${JSON.stringify({
      v: 1,
      id,
      key,
      ...members,
      token: await (typeof token === "function" ? token() : token),
      protocols: protocols[0] && protocols,
    })}`;
  }

  /**
   * Posts a hello, the parts, and perhaps an end.
   *
   * @param {Promise<string>} hello
   * @param {string | undefined} end
   * @param {AbortController} request
   * @param {Parameters<typeof exchange>[2]} tell
   * @param {(response: Response) => Promise<void>} [read] Without it nobody waits for the answer.
   */
  function post(hello, end, request, tell, read) {
    const records = parts.splice(0).flatMap((part) => record(part));
    if (end) records.push(...record(end, CONTROL));
    const body = hello.then((text) => [...record(text, CONTROL), ...records]);
    const [url, headers] = [settings.url().then(address), settings.headers()];
    const keepalive = !read;
    exchange({ url, headers, credentials, parts: body, keepalive, read }, request.signal, tell);
  }

  /**
   * Where a carrier goes instead of `base`: to the node that the server named, unless that would
   * weaken what the application asked for; with the session's name.
   *
   * @param {string} base
   */
  function address(base) {
    const [secured = "", scheme = ""] = /^(ws|http)s?/.exec(base) ?? [];
    const named = node?.replace(/^(ws|http)/, scheme);
    const url = new URL(named?.startsWith(secured) ? named : base);
    const others = url.search.replace(/[?&]sid=[^&]*/g, "").replace(/^\?/, "&");
    url.search = `sid=${id}${others}`;
    return url.href;
  }

  /**
   * @param {string} text
   * @param {number} source
   * @param {number} number
   * @returns {boolean} Whether more may come from there.
   */
  function hearControl(text, source, number) {
    const { letter, figures, ...said } = parseControl(text);
    node = said.node || node;
    if (letter === WELCOME) {
      protocol = said.protocol ?? "";
      if (source === SOCKET && !isProbing) welcomed = number;
    }
    host.hear(letter, source, number, figures, said.reason);
    return letter > 0 && letter !== END;
  }

  /**
   * @param {Response} response
   * @param {AbortController} request
   * @param {number} number
   */
  function readFrames(response, request, number) {
    const reader = recordReader((kind, payload) => {
      if (request.signal.aborted) return;
      const data = kind === BINARY ? payload.slice().buffer : textOf(payload);
      if (kind === CONTROL || data === undefined) {
        if (!hearControl(`${data ?? ""}`, REQUEST, number)) request.abort();
      } else if (host.receive(REQUEST, number, payload.length)) host.deliver(data);
    });
    return readChunks(response, reader);
  }

  return {
    /** What has outlived an earlier page. */
    kept,

    /** What the server chose of the application's subprotocols. */
    protocol: () => protocol,

    address,

    /**
     * A message came by the native socket of an attempt.
     *
     * @param {number} attempt
     * @param {any} data
     */
    hear(attempt, data) {
      const isText = !isMarked(data) || data[1] === "=";
      if (!isText && attempt !== ended) hearControl(data.slice(1), SOCKET, attempt);
      else if (
        isText &&
        host.receive(SOCKET, attempt, data.length ?? data.byteLength ?? data.size)
      ) {
        host.deliver(isMarked(data) ? data.slice(2) : data);
      }
    },

    /**
     * Says a hello: by the native socket of the attempt, or in the request with this number.
     *
     * @param {number} recv
     * @param {number} first
     * @param {number} number
     * @param {number} modeAndAttach
     */
    greet(recv, first, number, modeAndAttach) {
      const mode = modeAndAttach & 7;
      const text = hello({
        new: (modeAndAttach & 8) > 0 || undefined,
        recv,
        att: mode === PROBE || mode === SEND ? undefined : modeAndAttach >>> 4,
        seq: mode === SEND ? first : undefined,
        mode: MODES[mode],
        wait: [undefined, undefined, wait, wait, 1][mode],
      });
      if (mode <= PROBE) {
        isProbing = mode === PROBE;
        text.then(
          (text) => host.say(number, MARK + text),
          (error) => host.lose(number, error),
        );
        return;
      }
      const request = new AbortController();
      requests[Number(mode === SEND)]?.abort();
      requests[Number(mode === SEND)] = request;
      /** @type {Parameters<typeof exchange>[2]} */
      const tell = (...news) => {
        host.told(number, [], ...news);
        // Whatever it was, it was the last.
        request.abort();
      };
      post(text, undefined, request, tell, (response) => readFrames(response, request, number));
    },

    /** @param {Message} part */
    addPart(part) {
      parts.push(part);
    },

    abort() {
      for (const request of requests) request?.abort();
    },

    /**
     * Ends the session by the native socket of the attempt, if that is the session's.
     *
     * @param {number} attempt
     * @param {number} code
     * @param {string | undefined} reason
     */
    end(attempt, code, reason) {
      if (attempt !== welcomed) return;
      host.say(attempt, MARK + endOf(code, reason));
      ended = attempt;
    },

    /**
     * Sends off the parts, and with a code ends the session.
     *
     * @param {number} recv
     * @param {number} first
     * @param {number} code
     * @param {string | undefined} reason
     */
    farewell(recv, first, code, reason) {
      const text = hello({ recv, seq: first, mode: MODES[SEND] });
      post(text, code ? endOf(code, reason) : undefined, new AbortController(), () => {});
    },

    /** What follows is another session. */
    renew() {
      [id, key, node] = [randomName(), randomName(), undefined];
    },

    /**
     * Keeps the session for a later page, with the parts as its messages. A blob cannot be kept, so
     * with one nothing is.
     *
     * @param {number[]} figures As in `Kept`.
     */
    save(...figures) {
      if (place) keep(place, { id, key, node, figures, messages: parts.splice(0) });
    },
  };
}

/**
 * As it goes on a WebSocket.
 *
 * @param {unknown} message
 */
export function escaped(message) {
  return isMarked(message) ? `${MARK}=${message}` : message;
}

/**
 * @param {unknown} data
 * @returns {data is string}
 */
function isMarked(data) {
  return typeof data === "string" && data.startsWith(MARK);
}

/**
 * Reads a control frame without its mark. What is none has the letter 0.
 *
 * @param {string} text
 * @returns {{
 *   letter: number, figures: number[], protocol?: string, reason?: string, node?: string,
 * }}
 */
function parseControl(text) {
  const [letter, rest] = [text.charCodeAt(0), text.slice(1)];
  try {
    const content = JSON.parse(rest);
    const { recv, seq, hb, win, max, ttl, code, retry } = content;
    const isEnd = letter === END && code >= 1000 && code < 5000;
    let figures = isEnd ? [code, recv ?? Number.NaN, retry ?? Number.NaN] : [undefined];
    if (letter === WELCOME) figures = [recv, seq, hb, win, max, ttl];
    // A number can be written in one way only.
    if (/^[aps]/.test(text) && `${content}` === rest) figures = [content];
    const texts = [content.protocol, content.reason, content.url].map((text) => text ?? "");
    if (figures.every(isFigure) && texts.every((text) => typeof text === "string")) {
      const [protocol, reason, url] = texts;
      return { letter, figures, protocol, reason, node: url && nodeIn(url) };
    }
  } catch {}
  return { letter: 0, figures: [] };
}

/**
 * Whether every language has this number, or it is absent.
 *
 * @param {unknown} value
 */
function isFigure(value) {
  const number = /** @type {number} */ (value);
  return Number.isNaN(number) || (Number.isSafeInteger(number) && number >= 0);
}

/**
 * Nothing, if no carrier can go there.
 *
 * @param {string} url
 */
function nodeIn(url) {
  try {
    const { href } = new URL(url);
    return /^(ws|http)s?:/.test(href) ? href.replace(/#.*/, "") : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {number} code
 * @param {string | undefined} reason
 */
function endOf(code, reason = "") {
  return `x${JSON.stringify({ code: code || 1000, reason })}`;
}

/**
 * The parts of one record of a body.
 *
 * @param {Message} message
 * @param {number} [kind]
 */
function record(message, kind = typeof message === "string" ? TEXT : BINARY) {
  const payload = typeof message === "string" ? new TextEncoder().encode(message) : message;
  const length = payload instanceof Blob ? payload.size : payload.byteLength;
  return [Uint8Array.of(kind, length >>> 24, length >>> 16, length >>> 8, length), payload];
}

/**
 * Finds the records in a body that comes in pieces. Throws at one that is none, and if the body ends,
 * which is a call without a piece, inside of one.
 *
 * @param {(kind: number, payload: Uint8Array<ArrayBuffer>) => void} hear
 * @returns {(piece?: Uint8Array) => void}
 */
function recordReader(hear) {
  /** @type {Uint8Array[]} They are put together when a record is complete. */
  let pieces = [];
  let size = 0;
  let needed = HEAD;
  return (piece) => {
    if (!piece && size > 0) throw new Error("the body ends inside of a record");
    if (!piece) return;
    pieces.push(piece);
    size += piece.length;
    if (size < needed) return;
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    const view = new DataView(bytes.buffer);
    for (at = 0; ; at += needed) {
      needed = HEAD;
      if (size - at < HEAD) break;
      const kind = view.getUint8(at);
      if (kind > CONTROL) throw new Error("the body is not made of records");
      const length = view.getUint32(at + 1);
      // There is no sense in waiting for it.
      if (length > LONGEST) hear(CONTROL, new Uint8Array());
      needed += length;
      if (size - at < needed) break;
      hear(kind, bytes.subarray(at + HEAD, at + needed));
    }
    pieces = [bytes.subarray(at)];
    size -= at;
  };
}

/**
 * @param {Uint8Array} bytes
 * @returns {string | undefined} Nothing if they are not UTF-8.
 */
function textOf(bytes) {
  try {
    return utf8(true).decode(bytes);
  } catch {
    return undefined;
  }
}

// There is a list in the storage, because several sockets may have the same URL. Where nothing can be
// stored, nothing is kept.

/**
 * @param {string} place
 * @param {Kept} session
 */
function keep(place, session) {
  try {
    const list = JSON.parse(sessionStorage.getItem(place) ?? "[]");
    const messages = session.messages.map(pack);
    sessionStorage.setItem(place, JSON.stringify([...list, { ...session, messages }]));
  } catch {}
}

/**
 * A duplicated tab finds nothing, because what is taken is gone.
 *
 * @param {string} place
 * @returns {Kept | undefined}
 */
function take(place) {
  try {
    const [session, ...others] = JSON.parse(sessionStorage.getItem(place) ?? "");
    sessionStorage.setItem(place, JSON.stringify(others));
    return { ...session, messages: session.messages.map(unpack) };
  } catch {
    return undefined;
  }
}

/**
 * A text, or a list with bytes in base64. Throws at a blob: nobody can wait for its bytes.
 *
 * @param {Message} message
 */
function pack(message) {
  if (typeof message === "string") return message;
  if (message instanceof Blob) throw undefined;
  return [btoa(Array.from(new Uint8Array(message), (byte) => String.fromCharCode(byte)).join(""))];
}

/** @param {string | string[]} packed */
function unpack(packed) {
  if (typeof packed === "string") return packed;
  return Uint8Array.from(atob(`${packed}`), (char) => char.charCodeAt(0));
}
