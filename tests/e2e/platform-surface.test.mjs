// What can be seen of the class without a connection.

import { compare } from "./harness/compare.mjs";

compare("the class and its prototype have the platform's shape", ({ Class }) => {
  const shape = (owner, name) => {
    const own = Object.getOwnPropertyDescriptor(owner, name);
    if (!own) return undefined;
    const { enumerable, configurable, writable, value, get, set } = own;
    const functions = [value, get, set].map(
      (it) => typeof it === "function" && [it.name, it.length],
    );
    return {
      enumerable,
      configurable,
      writable,
      functions,
      primitive: value?.constructor === Number && value,
    };
  };
  const parent = Object.getPrototypeOf(Class);
  // The names are the platform's. What we have on top is in nobody's way.
  const names = Object.getOwnPropertyNames(WebSocket.prototype);
  const { prototype } = Class;
  return {
    class: [typeof Class, Class.name, Class.length],
    parents: [parent === EventTarget, Object.getPrototypeOf(prototype) === EventTarget.prototype],
    constants: ["CONNECTING", "OPEN", "CLOSING", "CLOSED"].map((name) => [
      shape(Class, name),
      shape(prototype, name),
    ]),
    prototype: shape(Class, "prototype"),
    constructor: shape(prototype, "constructor"),
    // The platform's class says so when it is converted to a string.
    isConstructor: prototype.constructor.prototype === prototype,
    members: names
      .filter((name) => name !== "constructor")
      .sort()
      .map((name) => [name, shape(prototype, name)]),
    tag: Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag),
    unscopables: Symbol.unscopables in prototype,
    inherited: ["addEventListener", "removeEventListener", "dispatchEvent"].map((name) => [
      prototype[name].name,
      prototype[name].length,
    ]),
  };
});

compare("an instance has nothing of its own", ({ make, url, plain }) => {
  const socket = make(url);
  const visible = [];
  for (const name in socket) visible.push(name);
  const names = Object.getOwnPropertyNames(WebSocket.prototype);
  const values = names.filter((name) => typeof socket[name] !== "function" && name !== "url");
  return {
    own: Reflect.ownKeys(socket).length,
    visible: visible.filter((name) => names.includes(name)).sort(),
    asString: [String(socket), Object.prototype.toString.call(socket)],
    values: values.map((name) => [name, plain(socket[name])]),
    inherits: [socket instanceof EventTarget, socket instanceof Object],
  };
});

compare("read-only attributes and constants cannot be written", ({ Class, make, url, attempt }) => {
  const socket = make(url);
  const names = ["url", "readyState", "bufferedAmount", "extensions", "protocol", "OPEN"];
  const tries = names.flatMap((name) => [
    attempt(() => {
      socket[name] = "x";
    }),
    attempt(() => Reflect.set(socket, name, "x")),
    attempt(() => delete socket[name]),
    attempt(() => typeof socket[name]),
  ]);
  const onClass = attempt(() => {
    Class.OPEN = 5;
  });
  return [tries, onClass, Class.OPEN];
});

compare("members know their own objects", ({ Class, make, url, attempt }) => {
  const strangers = [undefined, null, {}, Class.prototype, Object.create(make(url)), 42];
  const names = Object.getOwnPropertyNames(WebSocket.prototype).sort();
  return names.map((name) => {
    const { get, set, value } = Object.getOwnPropertyDescriptor(Class.prototype, name);
    const tries = strangers.flatMap((stranger) => [
      get && attempt(() => get.call(stranger)),
      set && attempt(() => set.call(stranger, null)),
      set && attempt(() => set.call(stranger, { toString: () => "arraybuffer" })),
      name === "send" && attempt(() => value.call(stranger)),
      name === "send" && attempt(() => value.call(stranger, "x")),
      name === "close" && attempt(() => value.call(stranger)),
      name === "close" && attempt(() => value.call(stranger, 999)),
      name === "close" && attempt(() => value.call(stranger, 1000, "x".repeat(124))),
    ]);
    return [name, tries.filter(Boolean)];
  });
});

compare("it is called with new, and with a URL", ({ Class, url, attempt }) => [
  attempt(() => Class(url)),
  attempt(() => new Class()),
  attempt(() => Reflect.apply(Class, undefined, [])),
  attempt(() => typeof Class.bind(undefined)),
]);

compare("a subclass works", async ({ Class, url, attempt }) => {
  class Sub extends Class {
    extra = 1;
    get readyState() {
      return super.readyState + 10;
    }
  }
  const socket = new Sub(url);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const result = [socket.extra, socket.readyState, attempt(() => socket.send("hello"))];
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  socket.close();
  await closed;
  return [...result, socket.readyState];
});
