/** What the entry points export of audio. */

export {
  AudioBatcher,
  type AudioData,
  type AudioEventMap,
  type AudioInput,
  type AudioStats,
  type AudioStatus,
  type BatchDetail,
  type GapDetail,
  type GapReason,
} from "./batcher.js";
export {
  type AudioCaptureCode,
  AudioCaptureError,
  type CaptureOptions,
} from "./capture.js";
export type {
  AudioFormat,
  AudioOptions,
  AudioSilence,
  AudioSpill,
} from "./options.js";
export {
  type AudioServer,
  type AudioShape,
  type AudioTally,
  audioServers,
  type Outgoing,
} from "./servers.js";
export type { AudioSocket } from "./talk.js";
