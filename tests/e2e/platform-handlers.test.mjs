// `on…` attributes and listeners.

import { compare } from "./harness/compare.mjs";

compare("a handler is an object or null", ({ make, url }) => {
  const socket = make(url);
  const values = [
    undefined,
    null,
    0,
    1,
    "alert()",
    true,
    Symbol("handler"),
    1n,
    {},
    [],
    () => {},
    class {},
    { handleEvent() {} },
    new Proxy(() => {}, {}),
    document,
  ];
  return ["onopen", "onmessage", "onerror", "onclose"].map((name) => {
    const before = socket[name];
    const kept = values.map((value) => {
      socket[name] = () => {};
      socket[name] = value;
      return socket[name] === value ? "kept" : socket[name] === null ? "null" : "changed";
    });
    socket[name] = null;
    return [name, before, kept];
  });
});

compare("a handler keeps the place of its first assignment", async ({ make, url, events }) => {
  const socket = make(url);
  const heard = [];
  const hear = (name) => () => heard.push(name);
  socket.addEventListener("open", hear("listener 1"));
  socket.onopen = hear("never called");
  socket.addEventListener("open", hear("listener 2"));
  socket.onopen = hear("handler");

  socket.onclose = hear("never called");
  socket.addEventListener("close", hear("listener 3"));
  socket.onclose = null;
  socket.addEventListener("close", hear("listener 4"));
  socket.onclose = hear("late handler");
  await events(socket).next("open");
  socket.close();
  await events(socket).next("close");
  return heard;
});

compare("an object that is no function is not called", async ({ make, url, events }) => {
  const socket = make(url);
  let called = false;
  socket.onopen = {
    handleEvent() {
      called = true;
    },
  };
  await events(socket).next("open");
  return called;
});

compare("handlers are called with the event, and the socket as this", async (probe) => {
  const { make, url, events } = probe;
  const socket = make(url);
  const calls = [];
  socket.onopen = function (...args) {
    calls.push(this === socket, args.length, args[0].type);
  };
  socket.addEventListener("open", function (...args) {
    calls.push(this === socket, args.length);
  });
  socket.addEventListener("open", {
    handleEvent(event) {
      calls.push(this === socket, event.target === socket);
    },
  });
  await events(socket).next("open");
  return calls;
});

compare("anybody's events reach handlers and listeners", ({ make, url, attempt }) => {
  const socket = make(url);
  const heard = [];
  for (const type of ["open", "message", "error", "close"]) {
    socket[`on${type}`] = (event) => {
      heard.push([event.type, event.constructor.name, event.isTrusted, event.detail ?? 0]);
      return false;
    };
    const own = new UIEvent(type, { detail: 5, cancelable: true });
    heard.push(
      attempt(() => socket.dispatchEvent(own)),
      own.defaultPrevented,
    );
  }
  const listener = (event) => heard.push(["custom", event.type]);
  socket.addEventListener("custom", listener, { once: true });
  socket.dispatchEvent(new Event("custom"));
  socket.dispatchEvent(new Event("custom"));
  const { signal, abort } = ((it) => ({ signal: it.signal, abort: () => it.abort() }))(
    new AbortController(),
  );
  socket.addEventListener("custom", listener, { signal });
  socket.addEventListener("custom", listener, { signal });
  socket.dispatchEvent(new Event("custom"));
  abort();
  socket.dispatchEvent(new Event("custom"));
  return [heard, socket.readyState];
});

compare("listeners are added once, and removed by what they were added with", (probe) => {
  const { make, url, attempt } = probe;
  const socket = make(url);
  const heard = [];
  const listener = () => heard.push("listener");
  const results = [
    attempt(() => socket.addEventListener("x", listener)),
    attempt(() => socket.addEventListener("x", listener)),
    attempt(() => socket.addEventListener("x", listener, true)),
    attempt(() => socket.removeEventListener("x", listener, { capture: true })),
    attempt(() => socket.addEventListener("x", null)),
    attempt(() => socket.addEventListener("x", undefined)),
    attempt(() => socket.addEventListener("x", 42)),
    attempt(() => socket.addEventListener("x", "listener")),
    attempt(() => socket.addEventListener("x")),
    attempt(() => socket.addEventListener()),
    attempt(() => socket.removeEventListener("x")),
    attempt(() => socket.removeEventListener("x", 42)),
    attempt(() => socket.addEventListener(Symbol("x"), listener)),
    attempt(() => socket.addEventListener(null, listener)),
    attempt(() => socket.dispatchEvent(new Event("x"))),
    attempt(() => socket.dispatchEvent(new Event("null"))),
    attempt(() => socket.dispatchEvent({ type: "x" })),
  ];
  socket.removeEventListener("x", listener);
  socket.dispatchEvent(new Event("x"));
  return [results, heard];
});

compare(
  "a listener that throws is reported, and stops nobody",
  async ({ make, url, events }) => {
    const reported = [];
    const report = (event) => {
      event.preventDefault();
      reported.push(event.error?.message);
    };
    window.addEventListener("error", report);
    const socket = make(url);
    const heard = [];
    socket.onopen = () => {
      throw new Error("in onopen");
    };
    socket.addEventListener("open", () => {
      heard.push("still called");
      throw new Error("in a listener");
    });
    socket.onmessage = () => {
      throw new Error("in onmessage");
    };
    await events(socket).next("open");
    socket.send("x");
    await events(socket).next("message");
    socket.send("y");
    await events(socket).next("message");
    window.removeEventListener("error", report);
    return [reported, heard, socket.readyState];
  },
  undefined,
  { throws: true },
);

compare("a listener may close, send, or make another socket", async ({ make, url, events }) => {
  const socket = make(url);
  let other;
  socket.onopen = () => {
    socket.send("from open");
    other = make(url);
  };
  socket.onmessage = () => socket.close(4000, "from message");
  await events(socket).next("close");
  await events(other).next("open");
  return [events(socket).all(), events(other).all()];
});
