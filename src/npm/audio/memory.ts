/** How samples pass into the core's memory and batches out of it. */

/** The piece of the core's memory that it lent last. It is only good until the core is called again. */
export let lent = new Uint8Array();

/** What the core calls with a view of its memory as it is now: an earlier one ends when memory grows. */
export function lend(memory: Uint8Array<ArrayBuffer>): void {
  lent = memory;
}
