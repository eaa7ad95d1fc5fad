/**
 * Who listens to what, which decides whether a socket that the page has dropped lives on.
 *
 * The rule is the WebSocket standard's ("garbage collection"): one with listeners that may still
 * hear something is kept.
 */
export class Listeners {
  /** The socket holds the listeners, and they may hold the socket: this must not. */
  #all: { type: string; listener: WeakRef<object>; once: boolean | undefined }[] = [];

  add(
    type: string,
    listener: object,
    options: AddEventListenerOptions | boolean | undefined,
  ): void {
    const { once, signal } = Object(options) as AddEventListenerOptions;
    if (signal?.aborted) return;
    this.remove(type, listener);
    this.#all.push({ type, listener: new WeakRef(listener), once });
    signal?.addEventListener("abort", () => this.remove(type, listener));
  }

  remove(type: string, listener: unknown): void {
    this.#all = this.#all.filter((one) => one.type !== type || one.listener.deref() !== listener);
  }

  /** An event of this type was dispatched. */
  heard(type: string | undefined): void {
    this.#all = this.#all.filter((one) => one.type !== type || !one.once);
  }

  /** Whether anybody listens to anything but the events of this type. */
  waitForOtherThan(type: string): boolean {
    return this.#all.some((one) => one.type !== type);
  }
}
