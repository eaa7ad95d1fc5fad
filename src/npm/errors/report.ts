/** What is told of a decision. */

/** Rules by which an error is suppressed. */
export const SUPPRESSING = [
  "normal-close",
  "extension-frames",
  "extension-file",
  "runtime-message",
  "listed-message",
] as const;

/** Rules by which an error is kept; the last is that there is no decision. */
export const KEEPING = [
  "application-frame",
  "application-file",
  "unattributed",
  "unavailable",
] as const;

/** What decided. */
export type Rule = (typeof SUPPRESSING)[number] | (typeof KEEPING)[number];

/** Whose code a frame is. */
export type Origin = (typeof ORIGINS)[number];

export const ORIGINS = ["neutral", "extension", "application"] as const;

/** A line of a stack, as the rule read it. */
export interface Frame {
  /** Where the code is: usually a URL, with line and column. */
  location: string;
  origin: Origin;
}

/** Why an error is kept or suppressed. */
export interface Explanation {
  verdict: "keep" | "suppress";
  /**
   * What decided. Suppressed: `normal-close`, `extension-frames`, `extension-file`,
   * `runtime-message`, `listed-message`. Kept: `application-frame`, `application-file`,
   * `unattributed`, or `unavailable` if there is no WebAssembly here, or the error is larger than
   * 4 million characters.
   */
  rule: Rule;
  /** The frames of the error's stack, the innermost first. */
  frames: Frame[];
  message: string;
  /** The file that the event names; empty for rejections. */
  filename: string;
  /** The first extension that took part, such as `"moz-extension://5e54df94-…"`. */
  extension: string | undefined;
}
