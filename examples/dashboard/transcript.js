/** What the server heard, line by line, and where something is missing. */

import { appendFollowing, byId, element, following, seconds, setText } from "./dom.js";
import { decibels } from "./waveform.js";
import { GAPS } from "./words.js";

const LIMIT = 200;

export class Transcript {
  #list = byId("captions-text");
  /** The line that still changes: words that are not settled, or what is measured. */
  #open = null;

  /** Words so far, or for good. */
  say({ text, final: isFinal }) {
    if (text !== "") this.#write("partial", text);
    if (!isFinal) return;
    if (text === "") this.#cut();
    else this.#settle("final");
  }

  translate({ text }) {
    if (text !== "") this.#add("translation", text);
  }

  /** What a server measures that recognises nothing. */
  measure({ final: isFinal, facts }) {
    const { startMs, durationMs, rms, peak, silentMs } = facts;
    const level = `level ${dB(rms)}, peak ${dB(peak)}, ${seconds(silentMs)} of it silent`;
    const heard = isFinal
      ? `Measured: ${seconds(durationMs)}, ${level}`
      : `Measured so far: ${seconds(startMs + durationMs)}; the last second: ${level}`;
    this.#write("facts", heard);
    if (isFinal) this.#settle("facts");
  }

  /** What is missing of the sound; a recogniser that still listens goes on with its line. */
  gap({ ms, reason }) {
    this.#add("gap", `${seconds(ms)} missing: ${GAPS[reason]}`);
  }

  note(text) {
    this.#cut();
    this.#add("note", text);
  }

  /** What comes next belongs to another connection. */
  breakOff() {
    this.#cut();
  }

  /** Into the open line, if it is of this kind, or a new one. */
  #write(kind, text) {
    if (this.#open?.dataset.kind === kind) {
      following(this.#list, () => setText(this.#open, text));
      return;
    }
    this.#cut();
    this.#open = this.#add(kind, text);
  }

  #settle(kind) {
    this.#open.dataset.kind = kind;
    this.#open = null;
  }

  /** The open line stays as it is: its end will not come. */
  #cut() {
    if (this.#open?.dataset.kind === "partial") {
      this.#open.append(" …");
      this.#settle("cut");
    }
    this.#open = null;
  }

  #add(kind, text) {
    const line = element("li", { "data-kind": kind }, text);
    appendFollowing(this.#list, line, LIMIT);
    return line;
  }
}

function dB(level) {
  const value = decibels(level);
  return `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(0)} dB`;
}
