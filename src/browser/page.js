// What happens to the page: lifecycle, visibility and network. `unload` and `beforeunload` are left
// alone: listening to them keeps a page out of the back/forward cache.

/** What is told; for the core, its place in the face's list `Happening`. */
const AWAKE = 21;
const OFFLINE = 22;
const SHELVED = 23;
const LEAVING = 24;

/**
 * Tells what happens until the function that it returns is called. Where a part of the page does not
 * exist, there is nothing to hear of it.
 *
 * @param {(happening: number) => void} tell
 * @returns {() => void}
 */
export function watchPage(tell) {
  const end = new AbortController();
  const { document, navigator } = globalThis;
  /**
   * @param {EventTarget | undefined} target
   * @param {string} name
   * @param {(event: Event) => number | undefined} meaning
   */
  const listen = (target, name, meaning) => {
    const hear = (/** @type {Event} */ event) => {
      const happening = meaning(event);
      if (happening) tell(happening);
    };
    target?.addEventListener?.(name, hear, end);
  };
  const awake = () => AWAKE;
  listen(globalThis, "online", awake);
  listen(globalThis, "offline", () => OFFLINE);
  listen(globalThis, "pageshow", awake);
  listen(globalThis, "pagehide", (event) =>
    /** @type {PageTransitionEvent} */ (event).persisted ? SHELVED : LEAVING,
  );
  // Read, never remembered: Chrome does not announce every change of it.
  listen(document, "visibilitychange", () => (document.hidden ? undefined : AWAKE));
  // Chrome says this when it thaws a frozen page, at times without any other event.
  listen(document, "resume", awake);
  // The Network Information API, which not every browser has.
  listen(/** @type {any} */ (navigator)?.connection, "change", awake);
  return () => end.abort();
}
