/**
 * What speech servers expect around the audio, as data: one of these, or an object of your own, is
 * the option `server` of an `AudioBatcher`.
 */
import { randomName } from "../../browser/fetch.js";
import type { AudioOptions } from "./options.js";

/** What can be sent: text, or bytes. An empty `ArrayBuffer` is an empty message. */
export type Outgoing = string | ArrayBuffer | Uint8Array<ArrayBuffer>;

/** What of the options a hello may have to tell the server. */
export type AudioShape = Required<Pick<AudioOptions, "format" | "sampleRate" | "sequence">>;

/** What was said so far since the connection opened. */
export interface AudioTally {
  /** Messages with audio that were sent. */
  frames: number;
  /** Messages that came since the server was ready, this one included. */
  replies: number;
}

/**
 * How a server wants to be talked to. A `message` is what its JSON says, or its text or bytes if it is
 * no JSON. The options are defaults for those of the same names.
 */
export interface AudioServer
  extends Pick<
    AudioOptions,
    | "format"
    | "sampleRate"
    | "minMs"
    | "maxMs"
    | "catchUp"
    | "trailingSilenceMs"
    | "lingerMs"
    | "sequence"
    | "finishTimeout"
  > {
  /** Sent first on each connection; once in a session. */
  hello?: Outgoing | Outgoing[] | ((audio: AudioShape) => Outgoing | Outgoing[]);
  /** Whether this message says that audio may come. @default audio may come at once */
  ready?: (message: unknown) => boolean;
  /** Wraps the base64 text of a batch, with format `"base64"`. @default the text as it is */
  frame?: (audio: string) => string;
  /** What is sent when there was no audio for so many ms. */
  keepAlive?: { message: Outgoing; interval: number };
  /** Sent behind the last audio. */
  end?: Outgoing;
  /**
   * Whether this message, which came after `end`, is the last one. @default none is waited for
   */
  final?: (message: unknown, tally: AudioTally) => boolean;
}

/** The servers that are known. Each has options of its own where it needs some. */
export const audioServers = {
  /** Everline's reference server: `/ws/audio`, and `/session`. */
  everline(talk: { sourceLanguage?: string; targetLanguage?: string; engine?: string } = {}) {
    return {
      hello: ({ format, sampleRate, sequence }) =>
        JSON.stringify({ type: "init", ...talk, format, sampleRate, sequence }),
      ready: isOfType("ready"),
      end: '{"type":"end"}',
      // Of what a recogniser has settled, only the last is the end.
      final: (message) =>
        isOfType("transcription")(message) &&
        read(message, "final") === true &&
        read(message, "end") !== false,
    };
  },

  /**
   * [WhisperLive](https://github.com/collabora/WhisperLive). It says nothing after the end, and hears
   * only what it has taken by then: so silence and a while follow the last word.
   */
  whisperLive(talk: { language?: string; task?: string; model?: string; use_vad?: boolean } = {}) {
    const usual = { language: "en", task: "transcribe", model: "small", use_vad: true };
    return {
      format: "float32",
      trailingSilenceMs: 1_000,
      lingerMs: 2_000,
      hello: ({ format }) => {
        const kind = format === "float32" ? {} : { audio_format: "int16" };
        return JSON.stringify({ uid: randomName(), ...usual, ...talk, ...kind });
      },
      ready: (message) => read(message, "message") === "SERVER_READY",
      end: new TextEncoder().encode("END_OF_AUDIO"),
    };
  },

  /** [WhisperLiveKit](https://github.com/QuentinFuxa/WhisperLiveKit) with `--pcm-input`, at `/asr`. */
  whisperLiveKit() {
    return {
      ready: isOfType("config"),
      end: new ArrayBuffer(0),
      final: isOfType("ready_to_stop"),
    };
  },

  /**
   * WhisperLiveKit at `/v1/listen`, with `?encoding=linear16&sample_rate=16000&channels=1`. It says
   * nothing after the end, as `whisperLive`.
   */
  whisperLiveKitListen() {
    return {
      ...{ trailingSilenceMs: 1_000, lingerMs: 2_000 },
      ready: isOfType("Metadata"),
      keepAlive: { message: '{"type":"KeepAlive"}', interval: 5_000 },
      end: '{"type":"CloseStream"}',
    };
  },

  /** [vosk-server](https://github.com/alphacep/vosk-server). Each message has one reply, so does the end. */
  vosk() {
    return {
      hello: ({ sampleRate }) => JSON.stringify({ config: { sample_rate: sampleRate } }),
      // It compares the text itself.
      end: '{"eof" : 1}',
      final: (_, { frames, replies }) => replies > frames,
    };
  },

  /** A transcription by the Realtime API of OpenAI, and of servers that speak the same, as speaches. */
  openaiRealtime(talk: { model?: string; language?: string; turnDetection?: object | null } = {}) {
    const { turnDetection: turn_detection, ...transcription } = { model: "whisper-1", ...talk };
    return {
      format: "base64",
      sampleRate: 24_000,
      hello: ({ sampleRate }) => {
        const format = { type: "audio/pcm", rate: sampleRate };
        const input = { format, transcription, turn_detection };
        const session = { type: "transcription", audio: { input } };
        return JSON.stringify({ type: "session.update", session });
      },
      ready: isOfType("session.updated"),
      frame: (audio) => JSON.stringify({ type: "input_audio_buffer.append", audio }),
      end: '{"type":"input_audio_buffer.commit"}',
      // An error says that nothing was left to transcribe.
      final: isOfType("conversation.item.input_audio_transcription.completed", "error"),
    };
  },

  /**
   * [Deepgram](https://developers.deepgram.com), with `?encoding=linear16&sample_rate=16000`. It ends
   * a connection that is silent for 10 s.
   */
  deepgram() {
    return {
      keepAlive: { message: '{"type":"KeepAlive"}', interval: 5_000 },
      end: '{"type":"CloseStream"}',
      final: isOfType("Metadata"),
    };
  },

  /** [AssemblyAI](https://www.assemblyai.com), v3, with `?sample_rate=16000`. */
  assemblyAi() {
    return {
      maxMs: 1_000,
      ready: isOfType("Begin"),
      end: '{"type":"Terminate"}',
      final: isOfType("Termination"),
    };
  },
} satisfies Record<string, (...talk: never[]) => AudioServer>;

function isOfType(...types: string[]): (message: unknown) => boolean {
  return (message) => types.includes(read(message, "type") as string);
}

function read(message: unknown, name: string): unknown {
  return (message as Record<string, unknown> | null)?.[name];
}
