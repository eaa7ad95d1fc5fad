/**
 * Who listens to what, which decides whether a socket that the page has dropped lives on.
 *
 * The rule is the WebSocket standard's ("garbage collection"): one with listeners that may still
 * hear something is kept.
 */
export class Listeners {
  #byType = new Map<string, Map<unknown, boolean>>();

  add(
    type: string,
    listener: unknown,
    options: AddEventListenerOptions | boolean | undefined,
  ): void {
    const { once = false, signal } = typeof options === "object" ? options : {};
    if (signal?.aborted) return;
    const listeners = this.#byType.get(type) ?? new Map<unknown, boolean>();
    this.#byType.set(type, listeners.set(listener, once));
    signal?.addEventListener("abort", () => this.remove(type, listener));
  }

  remove(type: string, listener: unknown): void {
    this.#byType.get(type)?.delete(listener);
  }

  /** An event of this type was dispatched. */
  heard(type: string): void {
    for (const [listener, once] of this.#byType.get(type) ?? []) {
      if (once) this.remove(type, listener);
    }
  }

  /** Whether anybody listens to anything but the events of these types. */
  waitForOtherThan(...types: string[]): boolean {
    for (const [type, listeners] of this.#byType) {
      if (listeners.size > 0 && !types.includes(type)) return true;
    }
    return false;
  }
}
