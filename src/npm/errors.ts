/** The entry point `everline/errors`, and a script tag's: the error filter alone. */
export * from "./errors/exports.js";
