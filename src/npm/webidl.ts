/** Gives a class the shape that WebIDL gives to the platform's (Web IDL section 3.7). */

/** In the order of their values. */
const CONSTANTS = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];

/** The members that the platform's `WebSocket` has. It has `on…` as well. */
const MEMBERS = [
  "url",
  "readyState",
  "bufferedAmount",
  "extensions",
  "protocol",
  "binaryType",
  "send",
  "close",
];

export function asWebIdl(Class: { prototype: object }): void {
  const { prototype } = Class;
  for (const [value, name] of CONSTANTS.entries()) {
    const constant = { value, enumerable: true };
    Object.defineProperty(Class, name, constant);
    Object.defineProperty(prototype, name, constant);
  }
  for (const name of MEMBERS) Object.defineProperty(prototype, name, { enumerable: true });
  Object.defineProperty(Class, "name", { value: "WebSocket" });
  Object.defineProperty(prototype, Symbol.toStringTag, { value: "WebSocket", configurable: true });
}
