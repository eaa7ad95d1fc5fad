// The HTTP side of a peer: it takes POSTs from any origin, acts on each message, answers as told,
// and records what it saw.

import { Journal } from "./journal.mjs";

export class Posts {
  /**
   * What a POST is answered with: a function of the recorded request that gives
   * `{ status, headers, body }`; `body` may be a string, a Buffer or an async iterable.
   */
  answer = echo;
  /** The headers that let a page of another origin read the answer. */
  cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
  /**
   * Each request but preflights: `{ method, url, headers, body, key, aborted }`; `aborted` resolves
   * if the other end goes before it has the answer.
   */
  requests = new Journal("requests of the peer");
  /** How many bodies were acted upon: one with a known Idempotency-Key is not. */
  acts = 0;

  #answers = new Map();
  #act;

  /** `act(message)` is called for each message that came. */
  constructor(act) {
    this.#act = act;
  }

  async handle(request, response) {
    const { method, url, headers } = request;
    const body = Buffer.concat(await request.toArray().catch(() => []));
    if (method !== "POST") {
      if (method !== "OPTIONS") this.requests.push({ method, url, headers, body });
      response.writeHead(204, this.cors).end();
      return;
    }
    const aborted = new Promise((resolve) => {
      response.once("close", () => response.writableFinished || resolve());
    });
    const entry = { method, url, headers, body, key: headers["idempotency-key"], aborted };
    const answer = this.#answers.get(entry.key) ?? this.#actOn(entry);
    if (entry.key) this.#answers.set(entry.key, answer);
    this.requests.push(entry);
    await this.#send(answer, response);
  }

  #actOn(entry) {
    const messages = messagesOf(entry);
    if (messages.length > 0) this.acts += 1;
    for (const message of messages) this.#act(message);
    return this.answer(entry);
  }

  async #send({ status, headers, body = "" }, response) {
    response.writeHead(status ?? (body === "" ? 204 : 200), { ...this.cors, ...headers });
    if (typeof body === "string" || Buffer.isBuffer(body)) {
      response.end(body);
      return;
    }
    response.flushHeaders();
    for await (const part of body) response.write(part);
    response.end();
  }
}

/** The messages of a POST: an empty one without a type only asks whether anybody is there. */
export function messagesOf({ headers, body }) {
  const type = headers["content-type"];
  if (type === undefined) return body.length > 0 ? [body] : [];
  if (type === "application/x-ndjson") return body.toString().replace(/\n$/, "").split("\n");
  return [body.toString()];
}

/** Sends a message back. */
export function echo({ headers, body }) {
  const type = headers["content-type"] ?? "application/octet-stream";
  return body.length > 0 ? { headers: { "content-type": type }, body } : {};
}

/** Says nothing. */
export function silence() {
  return {};
}
