/** Gives a class the shape that WebIDL gives to the platform's (Web IDL section 3.7). */

const CONSTANTS = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };

const LENGTHS = { send: 1, close: 0, addEventListener: 2, removeEventListener: 2 };

/** The members that the platform's `WebSocket` has. It has `binaryType` and `on…` as well. */
const MEMBERS =
  /^(url|readyState|bufferedAmount|extensions|protocol|binaryType|on[a-z]+|send|close)$/;

export function asWebIdl(Class: { prototype: object }): void {
  const { prototype } = Class;
  for (const [name, value] of Object.entries(CONSTANTS)) {
    const constant = { value, enumerable: true };
    Object.defineProperty(Class, name, constant);
    Object.defineProperty(prototype, name, constant);
  }
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (MEMBERS.test(name)) Object.defineProperty(prototype, name, { enumerable: true });
  }
  // Optional arguments do not count.
  for (const [name, value] of Object.entries(LENGTHS)) {
    Object.defineProperty(Reflect.get(prototype, name), "length", { value });
  }
  Object.defineProperty(Class, "name", { value: "WebSocket" });
  Object.defineProperty(prototype, Symbol.toStringTag, { value: "WebSocket", configurable: true });
}
