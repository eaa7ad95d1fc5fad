/** The attributes `on…` of a socket (HTML standard, "event handlers"). */

interface Handler {
  value: unknown;
  listener: (event: Event) => void;
}

const handlers = new WeakMap<EventTarget, Map<string, Handler>>();

/** What has no handlers yet can have some from now on. */
export function haveHandlers(target: EventTarget): void {
  handlers.set(target, new Map());
}

/**
 * Gives a class an attribute for each type of event: a handler holds the place in line of its first
 * assignment, any object is kept, and only a function is called. On the prototype itself they throw a
 * `TypeError`, as the platform's.
 */
export function defineHandlers(prototype: EventTarget, ...types: string[]): void {
  for (const type of types) {
    const attribute: ThisType<EventTarget> = {
      get [`on${type}`]() {
        return handlersOf(this).get(type)?.value ?? null;
      },
      set [`on${type}`](value: unknown) {
        const all = handlersOf(this);
        const present = all.get(type);
        if (Object(value) !== value) {
          all.delete(type);
          if (present) this.removeEventListener(type, present.listener);
        } else if (present) {
          present.value = value;
        } else {
          const listener = (event: Event) => {
            const handler = all.get(type)?.value;
            if (typeof handler !== "function") return;
            if (handler.call(this, event) === false) event.preventDefault();
          };
          all.set(type, { value, listener });
          this.addEventListener(type, listener);
        }
      },
    };
    Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(attribute));
  }
}

function handlersOf(target: EventTarget): Map<string, Handler> {
  const all = handlers.get(target);
  if (!all) throw new TypeError("Illegal invocation");
  return all;
}
