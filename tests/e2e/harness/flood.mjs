// Runs in a page: one session's traffic in both directions, and what is wrong with what arrives.
//
// The server's counter sends back every message, numbers of its own in between, and in these its
// opinion of the page's numbers. So each direction is checked by itself, and both together.

import { makeDice } from "./dice.mjs";

/** How long what is on its way may take once everything is healed. */
const PATIENCE = 20_000;

/** Sends for a while through a new session; `finish` resolves to what came of it. */
export class Flood {
  #socket;
  #dice;
  /** What has not come back yet, and how much has. */
  #awaited = [];
  #echoes = 0;
  /** The numbers of both sides, and what the server last said about ours. */
  #counted = 0;
  #heard = 0;
  #opinion = {};
  #problems = [];
  #look = () => {};

  constructor(url, options, seed) {
    this.#dice = makeDice(seed);
    this.#socket = new Everline.ReconnectingWebSocket(url, [], options);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    for (const type of ["reset", "failed", "dropped"]) {
      this.#socket.addEventListener(type, ({ detail }) => {
        this.#complain(`${type} ${JSON.stringify(detail)}`);
      });
    }
  }

  /** Sends for so many ms. Now and then the page itself changes the carrier. */
  async run(duration) {
    const end = performance.now() + duration;
    while (performance.now() < end) {
      for (let count = this.#dice.below(6); count > 0; count--) this.#send();
      if (this.#dice.chance(0.02)) this.#socket.reconnect();
      await new Promise((resolve) => setTimeout(resolve, this.#dice.below(20)));
    }
  }

  /** Resolves once all that was sent is known to have arrived, and has come back. */
  async finish() {
    const isComplete = () =>
      this.#awaited.length === 0 && (this.#opinion.received ?? 0) === this.#counted;
    let isOver = await this.#until(isComplete);
    // What is said twice may come late.
    const heard = this.#heard + 5;
    isOver &&= await this.#until(() => this.#heard >= heard);
    if (!isOver) this.#complain("stuck");
    const { gaps = 0, duplicates = 0, disordered = 0 } = this.#opinion;
    if (gaps + duplicates + disordered > 0) this.#complain(JSON.stringify(this.#opinion));
    const { status, transport } = this.#socket;
    const stats = this.#socket.stats();
    const closed = new Promise((resolve) => {
      this.#socket.onclose = resolve;
    });
    this.#socket.close();
    await closed;
    return {
      problems: this.#problems,
      ...{ status, transport, stats, opinion: this.#opinion },
      ...{ echoes: this.#echoes, counted: this.#counted, heard: this.#heard },
      awaited: this.#awaited.slice(0, 3).map((text) => text.slice(0, 60)),
    };
  }

  /** Resolves once the condition is true, or to false if it never is. */
  #until(condition) {
    const met = new Promise((resolve) => {
      this.#look = () => condition() && resolve(true);
      this.#look();
    });
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, false));
    return Promise.race([met, late]);
  }

  #send() {
    if (this.#dice.chance(0.3)) {
      this.#counted++;
      this.#socket.send(JSON.stringify({ type: "count", n: this.#counted }));
      return;
    }
    const n = this.#echoes + this.#awaited.length;
    const message = this.#dice.pick(KINDS)(n, this.#dice);
    this.#awaited.push(describe(message));
    const isText = typeof message === "string";
    this.#socket.send(!isText && this.#dice.chance(0.3) ? new Blob([message]) : message);
    // Applications use their buffers again.
    if (!isText) new Uint8Array(message.buffer ?? message).fill(0);
  }

  #receive(data) {
    if (typeof data === "string" && data.startsWith("{")) {
      this.#opinion = JSON.parse(data);
      this.#heard++;
      if (this.#opinion.n !== this.#heard) this.#complain(`${data} instead of ${this.#heard}`);
      this.#heard = this.#opinion.n;
    } else {
      this.#echoes++;
      const expected = this.#awaited.shift();
      const came = describe(data);
      if (came !== expected)
        this.#complain(`${came.slice(0, 60)} instead of ${expected?.slice(0, 60)}`);
    }
    this.#look();
  }

  #complain(problem) {
    if (this.#problems.length < 10) this.#problems.push(problem);
  }
}

const bytes = (n, dice) => new TextEncoder().encode(`${n} ${"b".repeat(dice.below(300))}`);

const KINDS = [
  (n) => `${n}`,
  (n) => `ž${n} 漢 🐎 \uFEFF`,
  // What would be control frames, or escapes.
  (n) => `\u0001a${n}`,
  (n) => `\u0001=\u0001${n}`,
  () => "\u0001",
  () => "",
  (n, dice) => `${n} ${"é".repeat(dice.below(3000))}`,
  (n, dice) => bytes(n, dice).buffer,
  (n, dice) => bytes(n, dice).subarray(1),
  () => new Uint8Array(0),
];

function describe(message) {
  if (typeof message === "string") return `text ${message}`;
  return `bytes ${new TextDecoder().decode(message)}`;
}
