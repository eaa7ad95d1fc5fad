// Runs in the page: what a probe of `compare` needs. Nothing in it tells the classes apart.

import { Journal } from "./journal.mjs";

const platformLike = { maxRetries: 0, maxEnqueuedMessages: 0 };

const classes = {
  native: globalThis.WebSocket,
  everline: new Proxy(Everline.ReconnectingWebSocket, {
    construct(Class, args, target) {
      const all = args.length === 0 ? [] : [args[0], args[1], platformLike];
      return Reflect.construct(Class, all, target === classes.everline ? Class : target);
    },
  }),
};

/** Runs a probe, and closes the sockets that it made. */
globalThis.runProbe = async (name, probe, url) => {
  const Class = classes[name];
  const made = [];
  const make = (...args) => {
    const socket = new Class(...args);
    made.push({ socket, events: events(socket) });
    return socket;
  };
  const eventsOf = (socket) => made.find((entry) => entry.socket === socket).events;
  // A copy, because journals go on while the sockets close.
  const result = structuredClone(
    await probe({ Class, make, url, events: eventsOf, attempt, plain }),
  );
  await Promise.all(made.map(end));
  return result;
};

async function end({ socket, events }) {
  if (socket.readyState === 3) return;
  const closed = events.next("close");
  socket.close();
  await closed;
}

/** The platform's events of a socket: `all()` so far, and `next(type)`. */
function events(socket) {
  const journal = new Journal(`events of ${socket.url}`);
  for (const type of ["open", "message", "error", "close"]) {
    socket.addEventListener(type, (event) => journal.push(plainEvent(event, socket)));
  }
  return {
    all: () => journal.entries,
    next: async (type) => {
      const event = await journal.next((event) => event.type === type, `"${type}"`);
      // The platform runs microtasks between two listeners of its events; ours come from a script,
      // after which they run. So wait until all listeners have been called.
      await new Promise((resolve) => setTimeout(resolve));
      return event;
    },
  };
}

/** Everything about an event except `isTrusted`, which only the platform can make true. */
function plainEvent(event, socket) {
  const { type, bubbles, cancelable, composed, defaultPrevented, returnValue, eventPhase } = event;
  const { code, reason, wasClean, data, origin, lastEventId, source, ports } = event;
  return plain({
    type,
    class: String(event),
    constructor: event.constructor === globalThis[event.constructor.name] && event.constructor.name,
    flags: { bubbles, cancelable, composed, defaultPrevented, returnValue, eventPhase },
    targets: [event.target, event.currentTarget, event.srcElement].map((it) => it === socket),
    path: event.composedPath().map((it) => it === socket),
    time: Math.abs(performance.now() - event.timeStamp) < 1000,
    own: Object.keys(event).filter((name) => name !== "isTrusted"),
    close: { code, reason, wasClean },
    message: { data, origin, lastEventId, source, ports: ports && [...ports] },
    readyState: socket.readyState,
    protocol: socket.protocol,
    extensions: socket.extensions,
    bufferedAmount: socket.bufferedAmount,
  });
}

/** What a function returned or threw. Messages are each class's own. */
function attempt(run) {
  try {
    return { returned: plain(run()) };
  } catch (error) {
    if (!(error instanceof Error)) return { threw: plain(error) };
    const { name, code, constructor: Class } = error;
    return {
      threw: name,
      code,
      class: Class === globalThis[Class.name] && Class.name,
    };
  }
}

/** A value as JSON can carry it. */
function plain(value) {
  if (value === undefined) return "(undefined)";
  if (typeof value === "number" && !Number.isFinite(value)) return `(${value})`;
  if (typeof value === "function" || typeof value === "symbol") return `(${typeof value})`;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof ArrayBuffer) return { arrayBuffer: [...new Uint8Array(value)] };
  if (value instanceof Blob) return { blob: value.size, type: value.type };
  if (Array.isArray(value)) return value.map(plain);
  if (Object.getPrototypeOf(value) !== Object.prototype) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, value]) => [key, plain(value)]));
}
