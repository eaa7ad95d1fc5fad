/** What the error filter offers, in all entry points. */

export { type ErrorContext, explain, isExtensionError } from "./explain.js";
export {
  type ErrorFilter,
  type ErrorFilterOptions,
  type ErrorFilterStats,
  installErrorFilter,
  type SuppressedError,
} from "./filter.js";
export type { Explanation, Frame, Origin, Rule } from "./report.js";
