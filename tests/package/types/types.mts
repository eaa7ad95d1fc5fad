import Everline, {
  AudioBatcher,
  AudioCaptureError,
  type AudioServer,
  audioServers,
  type Options,
  ReconnectingWebSocket,
  type Status,
} from "everline";
import { explain, installErrorFilter, isExtensionError } from "everline/errors";
import * as separate from "everline/wasm";

const options: Options = { maxRetries: 3, jitter: "equal", heartbeat: { message: () => "ping" } };
const socket = new ReconnectingWebSocket(async () => new URL("wss://example.com/"), "v1", options);
const status: Status = socket.status;
const handed: boolean = socket.send(new Uint8Array([1]));
socket.addEventListener("reconnecting", ({ detail }) => detail.delay.toFixed());
socket.addEventListener("failed", ({ detail }) => detail.cause satisfies string);
socket.addEventListener("message", ({ data }) => data);
new ReconnectingWebSocket("wss://example.com/", [], { session: true });
const session = { persist: true, onUndelivered: "return", token: async () => "token" } as const;
const lossless = new ReconnectingWebSocket("wss://example.com/", [], { session });
lossless.addEventListener("reset", ({ detail }) => detail.undelivered.map(Boolean));
lossless.send(new Uint8Array([1]), { own: true });
socket.onclose = ({ code }) => code.toFixed();
socket.addEventListener("close", (event) => event satisfies CloseEvent);
socket.addEventListener("transportchange", ({ detail }) => detail.to satisfies string);
socket.addEventListener("dropped", ({ detail }) => detail.count.toFixed());

// What is not known may be left to the default.
const unknown: { tries?: number; token?: () => string } = {};
const { tries, token } = unknown;
new ReconnectingWebSocket("wss://example.com/", undefined, {
  maxRetries: tries,
  session: { token },
});

// A drop-in: whoever wants a WebSocket takes this one, as class and as instance.
const platform: WebSocket = new Everline("wss://example.com/");
const Class: typeof WebSocket = ReconnectingWebSocket;
const other: WebSocket = new separate.ReconnectingWebSocket("wss://example.com/");

// @ts-expect-error no such jitter
new ReconnectingWebSocket("wss://example.com/", [], { jitter: "some" });
// @ts-expect-error no such option
new ReconnectingWebSocket("wss://example.com/", [], { retries: 3 });

const server: AudioServer = audioServers.deepgram();
const audio = new AudioBatcher(platform, { server, overflow: "drop-newest" });
audio.addEventListener("gap", ({ detail }) => detail.reason satisfies string);
audio.addEventListener("error", ({ error }) => error instanceof AudioCaptureError && error.code);
const kept: boolean = audio.push(new Float32Array(128), { sampleRate: 48_000 });
const final: Promise<unknown> = audio.capture().then(() => audio.finish());
// @ts-expect-error no such policy
new AudioBatcher(socket, { overflow: "drop" });

const filter = installErrorFilter({ onSuppressed: ({ rule }) => rule satisfies string });
const suppressed: number = filter.stats().suppressed;
const verdict: boolean = isExtensionError(new Error("x"), { pageUrl: "https://example.com/" });
const why: string = explain("Script error.").rule;

const started: Promise<void> = separate.init("/everline_bg.wasm");

export { Class, final, handed, kept, other, platform, started, status, suppressed, verdict, why };
