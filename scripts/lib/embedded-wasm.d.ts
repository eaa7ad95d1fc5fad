declare module "virtual:everline-wasm" {
  /** Decodes the core that the build embedded. */
  export default function bytes(): Uint8Array<ArrayBuffer>;
}
