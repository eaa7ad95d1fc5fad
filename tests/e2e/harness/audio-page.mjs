// Runs in the blank page: `AudioBatcher`s that record their events and their socket's, and audio
// that counts.

import { makeDice } from "./dice.mjs";
import { Journal } from "./journal.mjs";

const types = ["ready", "batch", "gap", "result", "restart", "error"];

/** Of the socket. */
const below = ["open", "message", "close", "transportchange", "reset"];

/** The batchers by number, in the order in which they were made. */
globalThis.audios = [];

/** Makes a socket and its batcher; gives its number. */
globalThis.openAudio = (url, socketOptions, options) => {
  const socket = socketOptions
    ? new Everline.ReconnectingWebSocket(url, [], socketOptions)
    : new WebSocket(url);
  const { server } = options;
  const [name, talk] = [server].flat();
  const known = typeof name === "string" ? Everline.audioServers[name](talk) : server;
  const audio = new Everline.AudioBatcher(socket, { ...options, server: known });
  return watchAudio(audio, socket);
};

/** The same for a batcher that the test made itself. */
globalThis.watchAudio = (audio, socket) => {
  audio.socket = socket;
  audio.counted = 0;
  audio.journal = new Journal("events of the audio");
  for (const type of types) {
    audio.addEventListener(type, ({ detail, error }) => {
      audio.journal.push({ type, detail, error: error && { name: error.name, code: error.code } });
    });
  }
  for (const type of below) {
    socket.addEventListener(type, ({ data }) => {
      audio.journal.push({ type, data: typeof data === "string" ? data : undefined });
    });
  }
  // So that other harnesses close it.
  sockets.push(socket);
  return audios.push(audio) - 1;
};

/** The next `samples` of the count: an Int16Array wraps by itself. */
globalThis.nextCount = (audio, samples) => {
  const from = audio.counted;
  audio.counted += samples;
  return Int16Array.from({ length: samples }, (_, at) => from + at);
};

/**
 * Pushes them in pieces of `size`, or of sizes up to `most` that a `seed` gives; with `pause` other
 * things happen in between. Gives what the pushes gave.
 */
globalThis.count = async (audio, samples, { size, seed, most = 5_000, pause = false }) => {
  const dice = seed && makeDice(seed);
  const kept = [];
  for (let left = samples; left > 0; ) {
    const piece = Math.min(left, size ?? (dice ? 1 + dice.below(most) : samples));
    kept.push(audio.push(nextCount(audio, piece)));
    left -= piece;
    if (pause) await new Promise((resolve) => setTimeout(resolve));
  }
  return kept;
};

globalThis.closeAudios = () => {
  for (const audio of audios) {
    audio.close();
    audio.socket.close();
  }
};
