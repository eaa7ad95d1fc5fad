// Each known server, played as it talks: its hello, its ready, its audio, its end.

import assert from "node:assert/strict";
import { assertExact, audio, int16 } from "./harness/audio.mjs";

const TOTAL = 30_000;

/** What a server waits for before it is `ready`, how the audio is read, its end, and what it says then. */
const servers = {
  everline: {
    talk: { sourceLanguage: "en", targetLanguage: "de" },
    hello: {
      ...{ type: "init", sourceLanguage: "en", targetLanguage: "de" },
      ...{ format: "pcm16", sampleRate: 16_000, sequence: false },
    },
    ready: { type: "ready", engine: "facts" },
    end: '{"type":"end"}',
    said: [{ type: "transcription", text: "had he", final: true, end: false }],
    final: { type: "transcription", text: "had he married", final: true, end: true },
  },
  whisperLive: {
    talk: { language: "de" },
    hello: { language: "de", task: "transcribe", model: "small", use_vad: true },
    notReady: { uid: "1", status: "WAIT", message: 3 },
    ready: { uid: "1", message: "SERVER_READY", backend: "faster_whisper" },
    decode: (bytes) => {
      const floats = new Float32Array(Uint8Array.from(bytes).buffer);
      return [...floats].map((sample) => sample * 32_768);
    },
    silence: 16_000,
    end: Buffer.from("END_OF_AUDIO"),
  },
  whisperLiveKit: {
    ready: { type: "config", useAudioWorklet: true },
    end: Buffer.alloc(0),
    said: [{ lines: [{ text: "had he" }] }],
    final: { type: "ready_to_stop" },
  },
  whisperLiveKitListen: {
    ready: { type: "Metadata" },
    silence: 16_000,
    end: '{"type":"CloseStream"}',
  },
  vosk: {
    hello: { config: { sample_rate: 16_000 } },
    repliesToFrames: { partial: "had" },
    end: '{"eof" : 1}',
    final: { text: "had he married" },
  },
  openaiRealtime: {
    talk: { model: "gpt-4o-transcribe", language: "en", turnDetection: null },
    hello: {
      type: "session.update",
      session: {
        type: "transcription",
        audio: {
          input: {
            format: { type: "audio/pcm", rate: 24_000 },
            transcription: { model: "gpt-4o-transcribe", language: "en" },
            turn_detection: null,
          },
        },
      },
    },
    notReady: { type: "session.created" },
    ready: { type: "session.updated" },
    isAudio: (text) => JSON.parse(text).type === "input_audio_buffer.append",
    decode: (text) => [...int16(Buffer.from(JSON.parse(text).audio, "base64"))],
    end: '{"type":"input_audio_buffer.commit"}',
    said: [{ type: "input_audio_buffer.committed" }],
    final: { type: "conversation.item.input_audio_transcription.completed", transcript: "had" },
  },
  deepgram: {
    end: '{"type":"CloseStream"}',
    said: [{ type: "Results", is_final: true }],
    final: { type: "Metadata", duration: 1.5 },
  },
  assemblyAi: {
    ready: { type: "Begin", id: "1" },
    end: '{"type":"Terminate"}',
    said: [{ type: "Turn", end_of_turn: true }],
    final: { type: "Termination", audio_duration_seconds: 2 },
  },
};

for (const [name, server] of Object.entries(servers)) {
  audio(`${name}: hello, ready, audio, end, final`, async ({ peer, open }) => {
    const { isAudio = Buffer.isBuffer, decode = (bytes) => [...int16(bytes)] } = server;
    const options = { lingerMs: 50, server: [name, server.talk] };
    const stream = await open(peer.url, options);
    const connection = await peer.connection();
    const send = (message) => connection.send(JSON.stringify(message));
    if (server.hello) {
      const { uid, ...hello } = JSON.parse(await connection.messages.next());
      assert.deepEqual(hello, server.hello);
      assert.equal(uid !== undefined, name === "whisperLive");
    }
    await stream.run(
      (audio, total, rate) => {
        audio.push(nextCount(audio, total), { sampleRate: rate });
      },
      TOTAL,
      name === "openaiRealtime" ? 24_000 : 16_000,
    );
    if (server.notReady) send(server.notReady);
    if (server.ready) send(server.ready);
    await stream.next("ready");
    const finish = stream.call("finish");
    const isEnd = (message) =>
      Buffer.isBuffer(server.end)
        ? Buffer.isBuffer(message) && message.equals(server.end)
        : message === server.end;
    await connection.messages.next(isEnd, "the end");
    const messages = connection.messages.entries;
    const frames = messages.filter((message) => !isEnd(message) && isAudio(message));
    const { silence = 0 } = server;
    const samples = frames.flatMap(decode);
    assertExact(samples.slice(0, TOTAL), TOTAL);
    assert.deepEqual(samples.slice(TOTAL), new Array(silence).fill(0));
    assert.ok(isEnd(messages.at(-1)), "nothing behind the end");
    if (server.repliesToFrames) for (const _ of frames) send(server.repliesToFrames);
    for (const message of server.said ?? []) send(message);
    if (server.final) send(server.final);
    assert.deepEqual(await finish, server.final);
  });
}

audio("a server of one's own, as the manual shows it", async ({ peer, open }) => {
  const stream = await open(peer.url, {
    sampleRate: 8_000,
    format: "base64",
    server: {
      hello: ({ sampleRate }) => [`RATE ${sampleRate}`, "START"],
      ready: (message) => message.state === "listening",
      frame: (audio) => `AUDIO ${audio}`,
      keepAlive: { message: "PING", interval: 10_000 },
      end: "STOP",
      final: (message) => message.state === "done",
    },
  });
  const connection = await peer.connection();
  assert.equal(await connection.messages.next(), "RATE 8000");
  assert.equal(await connection.messages.next(), "START");
  connection.send('{"state":"listening"}');
  await stream.run((audio) => audio.push(nextCount(audio, 4_000), { sampleRate: 8_000 }));
  const finish = stream.call("finish");
  await connection.messages.next((text) => text === "STOP");
  connection.send('{"state":"done","text":"yes"}');
  assert.deepEqual(await finish, { state: "done", text: "yes" });
  const frames = connection.messages.entries.filter((text) => text.startsWith("AUDIO "));
  assertExact(
    frames.flatMap((text) => [...int16(Buffer.from(text.slice(6), "base64"))]),
    4_000,
  );
});
