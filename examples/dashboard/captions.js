/** Live captions: from the microphone, or a file, to the words; over whatever the line is by now. */

import { byId, element, seconds, setText } from "./dom.js";
import { decode, feed } from "./recording.js";
import { everyTick } from "./ticker.js";
import { Transcript } from "./transcript.js";
import { decibels, loudness, Waveform } from "./waveform.js";
import { CAPTURE_FAILURES, TRANSPORTS } from "./words.js";

const OPTIONS = {
  // What is said while the line is down for longer is lost: captions that late help nobody.
  queueMs: 8000,
  // Over HTTP words come a segment late.
  segmentMs: 2000,
  // Some recognisers take their time over the last words.
  finishTimeout: 30_000,
};

/** Starts a server that writes down what is said. */
const START =
  "pip install pocketsphinx && npm start -- --transcriber 'python3 examples/transcribers/pocket-sphinx.py'";

const BUTTON = { idle: "● Microphone", listening: "■ Stop", finishing: "■ Give up" };

export function showCaptions(line) {
  const { socket } = line;
  const panel = byId("captions");
  const button = byId("captions-microphone");
  const file = byId("captions-file");
  const level = byId("captions-level");
  const transcript = new Transcript();
  const waveform = new Waveform(byId("captions-wave"));
  /** The talk that goes on: its batcher, and what ends its source. */
  let talk = null;
  /** The last talk's figures. */
  let figures = null;

  button.addEventListener("click", () => {
    if (!talk) converse({}, microphone);
    else if (talk.status === "finishing") talk.audio.close();
    else talk.stop.abort();
  });
  file.addEventListener("change", () => {
    const [chosen] = file.files;
    // The same file may be chosen again.
    file.value = "";
    if (chosen) play(chosen);
  });
  panel.addEventListener("dragover", (event) => {
    event.preventDefault();
    panel.dataset.over = "true";
  });
  panel.addEventListener("dragleave", ({ relatedTarget }) => {
    if (!panel.contains(relatedTarget)) delete panel.dataset.over;
  });
  panel.addEventListener("drop", (event) => {
    event.preventDefault();
    delete panel.dataset.over;
    const [dropped] = event.dataTransfer.files;
    if (dropped) play(dropped);
  });

  line.onJson((message) => {
    if (message.type === "ready") showEngine(message.engine);
    else if (message.type === "error") transcript.note(`The server says: ${message.message}.`);
    else if (!("end" in message)) message.type === "transcription" && transcript.measure(message);
    else if (message.type === "transcription") transcript.say(message);
    else transcript.translate(message);
  });
  // A recogniser that was in the middle of a sentence is gone with its connection.
  for (const type of ["close", "transportchange"]) {
    socket.addEventListener(type, () => transcript.breakOff());
  }

  async function play(chosen) {
    if (talk) return transcript.note("One at a time: stop first.");
    const atOnce = byId("captions-pace").value === "once";
    transcript.note(`${chosen.name}:`);
    let channels;
    try {
      channels = await decode(chosen);
    } catch {
      transcript.note("The browser finds no sound in this file that it can decode.");
      return;
    }
    // A file can wait for the line; what is said now cannot.
    await converse(atOnce ? { overflow: "block" } : {}, (audio, signal) =>
      feed(audio, channels, { atOnce, signal, told: () => observe(audio) }),
    );
  }

  /** One talk: `source` puts audio in until it has no more, or is stopped. */
  async function converse(options, source) {
    if (talk) return;
    if (line.status === "closed" || line.status === "failed") socket.reconnect();
    const server = Everline.audioServers.everline();
    const audio = new Everline.AudioBatcher(socket, { server, ...OPTIONS, ...options });
    talk = { audio, stop: new AbortController(), status: "listening" };
    waveform.restart();
    audio.addEventListener("batch", ({ detail }) => waveform.send(ms(detail.toSample)));
    audio.addEventListener("gap", ({ detail }) => {
      waveform.lose(ms(detail.fromSample), ms(detail.toSample));
      transcript.gap(detail);
    });
    show();
    const tell = (error) => transcript.note(explain(error));
    await source(audio, talk.stop.signal).catch(tell);
    observe(audio);
    if (figures.samples > 0) {
      talk.status = "finishing";
      show();
      await audio.finish().catch(tell);
    }
    audio.close();
    observe(audio);
    talk = null;
    show();
  }

  /** Resolves when it is stopped, or the microphone goes. */
  async function microphone(audio, signal) {
    await audio.capture();
    await new Promise((resolve, reject) => {
      // Perhaps while the browser was still asking.
      if (signal.aborted) resolve();
      signal.addEventListener("abort", resolve);
      audio.addEventListener("error", ({ error }) => reject(error));
    });
  }

  function observe(audio) {
    figures = audio.stats();
    waveform.hear(ms(figures.samples), figures.level.peak);
  }

  function showEngine(engine) {
    const measures =
      "This server recognises nothing: it tells what it measures. To have it write down what is said: ";
    const said = engine === "facts" ? [measures, element("code", {}, START)] : [`By ${engine}.`];
    byId("captions-engine").replaceChildren(...said);
  }

  function show() {
    line.observe();
    if (talk && talk.status === "listening") observe(talk.audio);
    panel.dataset.state = talk?.status ?? "idle";
    setText(button, BUTTON[talk?.status ?? "idle"]);
    file.disabled = talk !== null;
    setText(byId("captions-state"), state());
    const { level: heard, queuedMs = 0, sentSamples = 0, droppedSamples = 0 } = figures ?? {};
    const isLive = talk !== null && heard !== undefined;
    level.style.setProperty("--level", isLive ? loudness(heard.peak) : 0);
    level.setAttribute("aria-valuenow", isLive ? decibels(heard.peak).toFixed(0) : -60);
    setText(byId("captions-transport"), TRANSPORTS[line.transport]);
    setText(byId("captions-sent"), seconds(ms(sentSamples)));
    setText(byId("captions-waiting"), seconds(queuedMs));
    setText(byId("captions-lost"), seconds(ms(droppedSamples)));
  }

  function state() {
    if (!talk) return "Not listening";
    if (talk.status === "finishing") return "Waiting for the last words";
    if (talk.audio.status === "streaming") return `Listening over ${TRANSPORTS[line.transport]}`;
    const what = line.status === "open" ? "the server is not ready" : "the line is down";
    return `Listening; ${what}, and up to ${seconds(OPTIONS.queueMs)} wait for it`;
  }

  everyTick(show);
}

function explain(error) {
  if (error.name === "AudioCaptureError") return CAPTURE_FAILURES[error.code];
  if (error.name === "TimeoutError") return "The server did not say its last words in time.";
  if (error.name === "AbortError") return "It ended before the last words came.";
  return `It went wrong: ${error.message}`;
}

/** The stream has 16 samples a millisecond. */
const ms = (samples) => samples / 16;
