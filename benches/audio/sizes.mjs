/** What a browser's audio thread gives at once, in frames. */
export const QUANTUM = 128;

/** What Everline's recorder makes of it, for fewer messages between the threads: some 20 ms. */
export const PIECE = 8 * QUANTUM;
