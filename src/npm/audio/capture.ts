/** The microphone: opened, recorded by a worklet in the audio thread, and let go. */
import worklet from "virtual:everline-worklet";

/** How to capture. */
export interface CaptureOptions {
  /**
   * Added to the wish for one channel. What is not named is as the browser has it for speech: with
   * echo cancellation, noise suppression and gain control. @default none
   */
  constraints?: MediaTrackConstraints | undefined;
  /** Audio of your own, instead of the microphone. Its tracks stay yours to stop. @default none */
  stream?: MediaStream | undefined;
  /**
   * A context of your own, which is resumed once. It stays yours to close, and to resume if it is
   * suspended later. @default one at the device's own rate, which is kept running
   */
  context?: AudioContext | undefined;
  /**
   * Where the package's `everline-worklet.js` is, for pages whose Content-Security-Policy does not
   * allow `blob:` in its script-src. @default a `blob:` of the same
   */
  workletUrl?: string | URL | undefined;
}

/**
 * Why there is no audio, or no more of it:
 *
 * - `refused`: the user, or a policy, does not allow it;
 * - `missing`: there is no such microphone;
 * - `busy`: something else has it, or it does not work;
 * - `unplugged`: it, or the stream or context that was given, has ended;
 * - `unsupported`: the browser or the page lacks what it takes.
 */
export type AudioCaptureCode = "refused" | "missing" | "busy" | "unplugged" | "unsupported";

/** What the names of the platform's errors say about the microphone. */
const CODES: { [name: string]: AudioCaptureCode } = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Audio cannot be captured, or not any more. */
export class AudioCaptureError extends Error {
  readonly code: AudioCaptureCode;

  constructor(code: AudioCaptureCode, why: string, cause?: unknown) {
    super(`everline: audio capture: ${code}: ${why}`, { cause });
    this.name = "AudioCaptureError";
    this.code = code;
  }
}

/** What browsers take for a user's will, by which a context may be resumed. */
const GESTURES = ["click", "touchend", "keydown"];

/** How long the last samples may take from a thread that may hang, in ms. */
const LONGEST_DRAIN = 1000;

/**
 * ```text
 * idle ── start ──► starting ── opened ──► running ── stop, ended ──► stopping ──► idle
 *                      └── stop, failed ──► idle
 * ```
 * `take` is aborted when everything that belongs to it is to be let go.
 */
type State =
  | { is: "idle" }
  | { is: "starting"; take: AbortController }
  | { is: "running"; take: AbortController; drain: () => Promise<void> }
  | { is: "stopping"; done: Promise<void> };

type Push = (samples: Float32Array, sampleRate: number, channels: number) => void;

export class Capture {
  #push: Push;
  #onend: (error: AudioCaptureError) => void;
  #state: State = { is: "idle" };

  /**
   * @param push - Takes a piece of audio: interleaved, at any rate.
   * @param onend - Told when audio ends without a `stop`.
   */
  constructor(push: Push, onend: (error: AudioCaptureError) => void) {
    this.#push = push;
    this.#onend = onend;
  }

  /**
   * Resolves once audio is being captured.
   *
   * @throws `AudioCaptureError`; `InvalidStateError` if it has been started already, `AbortError` if
   * it was stopped meanwhile, once the user has answered the browser's question.
   */
  async start(options: CaptureOptions = {}): Promise<void> {
    if (this.#state.is === "stopping") await this.#state.done;
    if (this.#state.is !== "idle") {
      throw new DOMException("Audio is being captured already.", "InvalidStateError");
    }
    const take = new AbortController();
    this.#state = { is: "starting", take };
    try {
      const drain = await open(options, this.#push, () => this.#end(take), take.signal);
      take.signal.throwIfAborted();
      this.#state = { is: "running", take, drain };
    } catch (error) {
      take.signal.throwIfAborted();
      this.#state = { is: "idle" };
      take.abort();
      throw typed(error);
    }
  }

  /** Resolves once the microphone is free, and its last samples were pushed. */
  async stop(): Promise<void> {
    const state = this.#state;
    if (state.is === "starting") {
      this.#state = { is: "idle" };
      state.take.abort(new DOMException("The capture was stopped.", "AbortError"));
    }
    if (state.is === "running") {
      const done = state.drain().then(() => {
        state.take.abort();
        this.#state = { is: "idle" };
      });
      this.#state = { is: "stopping", done };
    }
    if (this.#state.is === "stopping") await this.#state.done;
  }

  async #end(take: AbortController): Promise<void> {
    if (this.#state.is !== "running" || this.#state.take !== take) return;
    await this.stop();
    this.#onend(new AudioCaptureError("unplugged", "it has ended"));
  }
}

/**
 * Opens everything, and lets it go when the signal says so, which may be at any time. Resolves to what
 * has the last samples pushed.
 */
async function open(
  { constraints, stream, context, workletUrl }: CaptureOptions,
  push: Push,
  onend: () => void,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const whenOver = (release: () => void) => {
    if (signal.aborted) release();
    else signal.addEventListener("abort", release);
  };
  const listen = (target: EventTarget, type: string, listener: () => void) =>
    target.addEventListener(type, listener, { signal });

  // Others have neither microphones nor worklets.
  if (!isSecureContext) throw new AudioCaptureError("unsupported", "the page needs https:");
  const audio = { channelCount: 1, ...constraints };
  const input = stream ?? (await navigator.mediaDevices.getUserMedia({ audio }));
  if (!stream) {
    whenOver(() => {
      for (const track of input.getTracks()) track.stop();
    });
  }
  signal.throwIfAborted();

  // After the microphone, because its opening may change the rate of a phone's audio.
  const graph = context ?? new AudioContext();
  const resume = () => graph.resume().catch(() => {});
  listen(graph, "statechange", () => {
    if (graph.state === "closed") onend();
    // Not when it is interrupted, for which the browser has its reason.
    else if (!context && graph.state === "suspended") resume();
  });
  if (!context) {
    whenOver(() => graph.close());
    for (const gesture of GESTURES) listen(window, gesture, resume);
  }
  resume();
  await addWorklet(graph, workletUrl);
  signal.throwIfAborted();

  const [track] = input.getAudioTracks();
  if (track?.readyState !== "live") throw new AudioCaptureError("missing", "no live audio track");
  listen(track, "ended", onend);
  const source = graph.createMediaStreamSource(input);
  const recorder = new AudioWorkletNode(graph, "everline", { numberOfOutputs: 0 });
  const { port } = recorder;
  let over = () => {};
  port.onmessage = ({ data }) => (data ? push(...(data as Parameters<Push>)) : over());
  source.connect(recorder);
  whenOver(() => {
    source.disconnect();
    port.close();
  });
  return () =>
    new Promise((resolve) => {
      over = resolve;
      setTimeout(resolve, LONGEST_DRAIN);
      port.postMessage(0);
    });
}

/** Always the same for a page, so that a context adds it once. */
let blobUrl: string | undefined;

async function addWorklet(context: AudioContext, workletUrl?: string | URL): Promise<void> {
  try {
    await context.audioWorklet.addModule(workletUrl ?? ownUrl());
  } catch (cause) {
    const advice = workletUrl
      ? `no worklet at ${workletUrl}`
      : "a Content-Security-Policy must allow blob: in its script-src, or give workletUrl";
    throw new AudioCaptureError("unsupported", advice, cause);
  }
}

function ownUrl(): string {
  blobUrl ??= URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
  return blobUrl;
}

function typed(error: unknown): AudioCaptureError {
  if (error instanceof AudioCaptureError) return error;
  const { name, message } = error as Error;
  return new AudioCaptureError(CODES[name] ?? "unsupported", message, error);
}
