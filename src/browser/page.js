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
   * @param {(event: any) => number | false} [meaning]
   */
  const listen = (target, name, meaning = () => AWAKE) => {
    const hear = (/** @type {Event} */ event) => {
      const happening = meaning(event);
      if (happening) tell(happening);
    };
    target?.addEventListener?.(name, hear, end);
  };
  listen(globalThis, "online");
  listen(globalThis, "offline", () => OFFLINE);
  listen(globalThis, "pageshow");
  listen(globalThis, "pagehide", ({ persisted }) => (persisted ? SHELVED : LEAVING));
  // Read, never remembered: Chrome does not announce every change of it.
  listen(document, "visibilitychange", () => !document.hidden && AWAKE);
  // Chrome says this when it thaws a frozen page, at times without any other event.
  listen(document, "resume");
  // The Network Information API, which not every browser has.
  listen(/** @type {any} */ (navigator)?.connection, "change");
  return () => end.abort();
}

/**
 * Hears what nobody caught, before those that listen later and before the page's `onerror` and
 * `onunhandledrejection`: they hear nothing of what is noise, and neither does the console, where the
 * browser lets it be kept away. Until the function that it returns is called.
 *
 * @param {(event: Event) => boolean} isNoise
 * @param {boolean} raisesLimit - Whether stacks are to be longer (V8): the frames of an extension's
 *   wrappers can use up the usual ten.
 * @returns {() => void}
 */
export function watchErrors(isNoise, raisesLimit) {
  const page = /** @type {any} */ (globalThis);
  let isBusy = false;
  const hear = (/** @type {Event} */ event) => {
    if (isBusy || event.target !== event.currentTarget) return;
    // Reading an error can run anybody's code, and that can fail here and now.
    isBusy = true;
    try {
      if (isNoise(event)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    } catch {
      // What cannot be judged is kept.
    } finally {
      isBusy = false;
    }
  };
  for (const type of ["error", "unhandledrejection"]) {
    const handler = page[`on${type}`];
    // A handler that is taken away and given back comes after the listeners that are there by then.
    if (handler) page[`on${type}`] = null;
    page.addEventListener?.(type, hear, true);
    if (handler) page[`on${type}`] = handler;
  }
  const restore = raisesLimit ? raiseStackTraceLimit() : undefined;
  return () => {
    for (const type of ["error", "unhandledrejection"]) {
      page.removeEventListener?.(type, hear, true);
    }
    restore?.();
  };
}

const LONGER_STACKS = 50;

function raiseStackTraceLimit() {
  const errors = /** @type {{ stackTraceLimit?: number }} */ (Error);
  const { stackTraceLimit: before } = errors;
  if (before === undefined || before >= LONGER_STACKS) return () => {};
  // It may be frozen.
  Reflect.set(errors, "stackTraceLimit", LONGER_STACKS);
  return () => {
    if (errors.stackTraceLimit === LONGER_STACKS) Reflect.set(errors, "stackTraceLimit", before);
  };
}

/**
 * What is known of something that nobody caught, or that an error reporter was given: an event, or
 * what was thrown. If anything of it must not be read, only the file that the event names is known.
 *
 * @typedef {{
 *   message: string, filename: string, heading: string, stack: string, causes: string,
 *   isNormalClose: boolean,
 * }} Evidence
 * @param {any} thing
 * @returns {Evidence}
 */
export function evidenceOf(thing) {
  const nothing = { message: "", heading: "", stack: "", causes: "", isNormalClose: false };
  let filename = "";
  try {
    filename = asText(thing?.filename);
    return { filename, ...contentOf(thing) };
  } catch {
    return { filename, ...nothing };
  }
}

/** @param {any} thing */
function contentOf(thing) {
  const thrown = thrownIn(thing);
  const isNormalClose =
    isClose(thrown) && thrown.wasClean === true && (thrown.code === 1000 || thrown.code === 1001);
  const message = asText(thing?.message) || asText(thrown?.message ?? thrown);
  const stacks = [];
  // An error can be its own cause.
  for (let error = thrown; Object(error) === error && stacks.length < MOST_STACKS; ) {
    stacks.push(stackOf(error));
    error = error.cause;
  }
  const [stack = "", ...causes] = stacks;
  const heading = asText(thrown?.message);
  return { message, heading, stack, causes: causes.join("\n"), isNormalClose };
}

const MOST_STACKS = 8;

/** @param {any} thing - An `ErrorEvent`, a `PromiseRejectionEvent`, or what is no event. */
function thrownIn(thing) {
  // Errors and close events can have a `reason`, too.
  if (Object(thing) !== thing || typeof thing.stack === "string" || isClose(thing)) return thing;
  if ("reason" in thing) return thing.reason;
  return "error" in thing || "filename" in thing ? thing.error : thing;
}

/** By its type, and not by its class: that may be of another window, or of a library. @param {any} thing */
function isClose(thing) {
  return thing?.type === "close" || Object.prototype.toString.call(thing) === "[object CloseEvent]";
}

/** @param {{ stack?: unknown }} error */
function stackOf({ stack }) {
  if (stack === undefined || stack === null) return "";
  // What is no text may tell of any frame (`Error.prepareStackTrace`): one that nobody knows.
  return typeof stack === "string" ? stack : "at ?";
}

/** @param {unknown} value */
function asText(value) {
  return typeof value === "string" ? value : "";
}
