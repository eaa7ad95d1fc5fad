// Messages through carriers that break, overlap and change: all of them come back, once, in order.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { makeDice } from "../e2e/harness/dice.mjs";
import { start, until } from "./server.mjs";
import { parse, Session } from "./session.mjs";

const MESSAGES = 200;

let server;
before(async () => {
  server = await start(["--session-window", "3000"]);
});
after(() => server.stop());

for (let seed = 1; seed <= 10; seed++) {
  test(`seed ${seed}`, async () => {
    const random = makeDice(seed);
    const peer = new Peer(random);
    await peer.socket();
    while (peer.sent.length < MESSAGES) {
      const carrier = await peer[random.pick(["socket", "socket", "stream", "poll"])]();
      for (let n = random.below(15); n > 0; n--) {
        peer.send();
        if (random.below(4) === 0) await delay(random.below(10));
      }
      if (!carrier.isSocket || random.below(4) === 0) await peer.batch();
      // What is not broken off is superseded later.
      if (random.below(3) > 0) carrier.break();
    }
    const last = await peer.socket();
    await until(() => peer.heard.length >= peer.sent.length, "all messages");
    await until(() => peer.acked >= peer.sent.length, "all acks");
    assert.deepEqual(peer.heard, peer.sent);
    await last.close();
  });
}

/** The client's half of the protocol, in the fewest words. */
class Peer {
  sent = [];
  acked = 0;
  heard = [];
  #socket = null;

  constructor(random) {
    this.random = random;
    this.session = new Session(server);
  }

  send() {
    const n = this.sent.length + 1;
    const text = [`${n}`, `\u0001=${n}`, `ž🐎${n}`, "", "x".repeat(this.random.below(400))];
    this.sent.push(this.random.below(5) === 0 ? Buffer.from(`${n}`) : this.random.pick(text));
    this.#socket?.push();
  }

  async socket() {
    const line = await this.session.open();
    line.control(this.session.hello("ws"));
    const close = () => {
      line.control('x{"code":1000,"reason":""}');
      return line.closed;
    };
    const carrier = { isSocket: true, break: () => line.reset(), close };
    const hear = this.#listener((text) => line.control(text));
    let up = Infinity;
    const push = () => {
      for (; up <= this.sent.length; up++) line.send(this.sent[up - 1]);
    };
    const listen = async () => {
      for (;;) {
        const frame = await line.next();
        const welcome = hear(frame);
        if (welcome) {
          this.#socket = { push };
          // Sometimes more than necessary is repeated.
          const back = this.random.below(2) * this.random.below(welcome.recv + 1);
          if (back > 0) line.control(`s${welcome.recv + 1 - back}`);
          up = welcome.recv + 1 - back;
        }
        push();
      }
    };
    listen().catch((error) => assert.match(error.message, /closed without/));
    return carrier;
  }

  stream() {
    return this.#response("stream");
  }

  poll() {
    return this.#response("poll");
  }

  async #response(mode) {
    const controller = new AbortController();
    const download = await this.session.post(mode, { signal: controller.signal });
    this.#socket = null;
    const hear = this.#listener(() => {});
    const listen = async () => {
      for (
        let record = await download.next();
        record !== undefined;
        record = await download.next()
      ) {
        hear(
          typeof record === "string" && record.startsWith("\u0001=") ? `\u0001=${record}` : record,
        );
      }
    };
    listen().catch((error) => assert.equal(error.name, "AbortError"));
    return { isSocket: false, break: () => controller.abort() };
  }

  /** What is not acknowledged, by POST; it may be broken off, and it may be repeated. */
  async batch() {
    const batch = { seq: this.acked + 1, records: this.sent.slice(this.acked).map(record) };
    for (let n = this.random.below(3); n >= 0; n--) {
      const broken = this.random.below(3) === 0;
      const options = broken ? { signal: AbortSignal.timeout(this.random.below(5)) } : {};
      try {
        const [answer] = await this.session.ask("send", { ...batch, ...options });
        this.acked = Math.max(this.acked, parse(answer, "w").recv);
      } catch (error) {
        assert.ok(broken, error);
      }
    }
  }

  /** Counts what comes on a carrier; gives back a welcome. */
  #listener(answer) {
    let down = 0;
    return (frame) => {
      const isText = typeof frame === "string";
      if (isText && frame.startsWith("\u0001") && !frame.startsWith("\u0001=")) {
        const kind = frame[1];
        if (kind === "s") down = Number(frame.slice(2));
        if (kind === "a" || kind === "p") this.acked = Math.max(this.acked, Number(frame.slice(2)));
        if (kind === "x") assert.ok([4409, 1000].includes(parse(frame, "x").code));
        if (kind !== "w") return undefined;
        const welcome = parse(frame, "w");
        this.session.new = false;
        this.acked = Math.max(this.acked, welcome.recv);
        down = welcome.seq;
        return welcome;
      }
      assert.ok(down <= this.heard.length + 1, "a gap");
      if (down === this.heard.length + 1) {
        this.heard.push(isText && frame.startsWith("\u0001=") ? frame.slice(2) : frame);
        this.session.recv = this.heard.length;
        if (this.random.below(3) === 0) answer(`a${this.heard.length}`);
      }
      down++;
      return undefined;
    };
  }
}

/** A text as a record is never escaped. */
function record(message) {
  return typeof message === "string" ? { text: message } : message;
}
