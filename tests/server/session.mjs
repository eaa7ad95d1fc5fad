// A client of /session that knows as little as possible: what it says is what a test tells it to.

import { randomBytes } from "node:crypto";

const MARK = "\u0001";
const TEXT = 0;
const BINARY = 1;
const CONTROL = 2;

/** A session's name and key, the count of its attaches, and how many messages it has received. */
export class Session {
  id = randomBytes(16).toString("base64url");
  key = randomBytes(16).toString("base64url");
  att = 0;
  recv = 0;
  new = true;

  constructor(server, query = "") {
    this.server = server;
    this.path = `/session?sid=${this.id}${query}`;
  }

  /** A hello; `changes` may say anything else. An attach takes the next number. */
  hello(mode, changes = {}) {
    const { id, key, recv } = this;
    const attaches = ["ws", "stream", "poll"].includes(mode);
    const hello = { v: 1, id, key, recv, mode };
    if (this.new) hello.new = true;
    if (attaches) hello.att = ++this.att;
    return `h${JSON.stringify({ ...hello, ...changes })}`;
  }

  /** A WebSocket that has said nothing yet. */
  async open(options = {}) {
    const client = await this.server.open(this.path, { protocols: ["resume.v1"], ...options });
    return new Line(client);
  }

  /** A WebSocket that has been welcomed. */
  async attach(changes, options) {
    const line = await this.open(options);
    line.control(this.hello("ws", changes));
    line.welcome = await line.expect("w");
    this.new = false;
    return line;
  }

  /** A POST of a hello and other records. */
  async post(mode, { records = [], headers, signal, ...changes } = {}) {
    const body = encode([MARK + this.hello(mode, changes), ...records]);
    return this.postRaw(body, { headers, signal });
  }

  async postRaw(body, options = {}) {
    const response = await this.server.fetch(this.path, { method: "POST", body, ...options });
    return new Download(response);
  }

  /** A POST whose response is complete. */
  async ask(mode, options) {
    return (await this.post(mode, options)).all();
  }
}

/** A WebSocket: frames as text, `\u0001` and all, or as Buffers. */
class Line {
  constructor(client) {
    this.client = client;
    this.closed = client.closed;
  }

  /** Data, escaped where it must be. */
  send(data) {
    this.client.send(typeof data === "string" && data.startsWith(MARK) ? `${MARK}=${data}` : data);
  }

  control(text) {
    this.client.send(MARK + text);
  }

  next() {
    return this.client.next();
  }

  /** The next frame, which must be of this kind: its number, or what its JSON says. */
  async expect(kind) {
    return parse(await this.next(), kind);
  }

  /** The next so many messages. */
  async data(count) {
    const messages = [];
    while (messages.length < count) {
      const frame = await this.next();
      if (typeof frame !== "string" || !frame.startsWith(MARK)) messages.push(frame);
      else if (frame.startsWith(`${MARK}=`)) messages.push(frame.slice(2));
    }
    return messages;
  }

  reset() {
    this.client.reset();
  }
}

/** A response: records as the frames of a WebSocket, but nothing is escaped. */
class Download {
  #rest = Buffer.alloc(0);

  constructor(response) {
    this.response = response;
    this.status = response.status;
    this.headers = response.headers;
    this.reader = response.body.getReader();
  }

  /** The next record; undefined at the end. */
  async next() {
    for (;;) {
      const length = this.#rest.length >= 5 ? this.#rest.readUInt32BE(1) + 5 : Infinity;
      if (this.#rest.length >= length) {
        const kind = this.#rest[0];
        const payload = this.#rest.subarray(5, length);
        this.#rest = this.#rest.subarray(length);
        if (kind === BINARY) return payload;
        return kind === CONTROL ? MARK + payload : payload.toString();
      }
      const { done, value } = await this.reader.read();
      if (done && this.#rest.length > 0) throw new Error("ended within a record");
      if (done) return undefined;
      this.#rest = Buffer.concat([this.#rest, value]);
    }
  }

  async expect(kind) {
    return parse(await this.next(), kind);
  }

  async all() {
    const records = [];
    for (let record = await this.next(); record !== undefined; record = await this.next()) {
      records.push(record);
    }
    return records;
  }

  cancel() {
    return this.reader.cancel();
  }
}

/** A body. Texts that begin with the mark are control records; `{ text }` never is. */
export function encode(records) {
  return Buffer.concat(
    records.flatMap((record) => {
      const isControl = typeof record === "string" && record.startsWith(MARK);
      const isBinary = Buffer.isBuffer(record);
      const payload = isBinary
        ? record
        : Buffer.from(record.text ?? record.slice(isControl ? 1 : 0));
      const header = Buffer.alloc(5);
      header[0] = isControl ? CONTROL : isBinary ? BINARY : TEXT;
      header.writeUInt32BE(payload.length, 1);
      return [header, payload];
    }),
  );
}

export function parse(frame, kind) {
  if (typeof frame !== "string" || !frame.startsWith(MARK + kind)) {
    throw new Error(`${JSON.stringify(frame)} instead of ${kind}`);
  }
  return JSON.parse(frame.slice(2));
}

export const control = (text) => MARK + text;
