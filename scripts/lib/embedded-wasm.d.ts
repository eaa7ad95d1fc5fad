declare module "virtual:everline-socket" {
  /** Decodes the module that the build embedded. */
  export default function bytes(): Uint8Array<ArrayBuffer>;
}

declare module "virtual:everline-audio" {
  export { default } from "virtual:everline-socket";
}

declare module "virtual:everline-errors" {
  export { default } from "virtual:everline-socket";
}

declare module "virtual:everline-worklet" {
  /** The source of the recorder in the audio thread. */
  const code: string;
  export default code;
}
