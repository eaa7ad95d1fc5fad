// The libraries whose socket has a WebSocket below, so that they can take turns. Each becomes a bundle that
// exports
//
//   open(url, { onOpen, onMessage, onClose }) → { send(data), close() }
//
// with the peer's defaults; the functions get the peer's events. `socket.binaryType` exists everywhere.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, targetDir } from "../../scripts/lib/project.mjs";

/** All are measured by the raw WebSocket. */
export const RAW = "WebSocket";
export const OURS = "Everline";

/** Those that are drop-ins, and so can be asked for the same. */
export const dropIns = [RAW, OURS, "reconnecting-websocket", "partysocket", "@nktkas/rews"];

const listening = `
  function listen(socket, { onOpen, onMessage, onClose }) {
    if (onOpen) socket.addEventListener("open", onOpen);
    if (onMessage) socket.addEventListener("message", onMessage);
    if (onClose) socket.addEventListener("close", onClose);
    return socket;
  }`;

/** `import` what is named, `make` a socket of it. */
function drop(imported, make) {
  return `${imported} ${listening} export const open = (url, on = {}) => listen(${make}, on);`;
}

const sources = {
  [RAW]: drop("", "new WebSocket(url)"),
  [OURS]: drop(
    'import { ReconnectingWebSocket } from "../pkg/everline.js";',
    "new ReconnectingWebSocket(url)",
  ),
  "reconnecting-websocket": drop(
    'import ReconnectingWebSocket from "reconnecting-websocket";',
    "new ReconnectingWebSocket(url)",
  ),
  partysocket: drop(
    'import ReconnectingWebSocket from "partysocket/ws";',
    "new ReconnectingWebSocket(url)",
  ),
  "@nktkas/rews": drop(
    'import { ReconnectingWebSocket } from "@nktkas/rews";',
    "new ReconnectingWebSocket(url)",
  ),
  "sturdy-websocket": drop(
    'import SturdyWebSocket from "sturdy-websocket";',
    "new SturdyWebSocket(url)",
  ),
  "robust-websocket": drop(
    'import RobustWebSocket from "robust-websocket";',
    "new RobustWebSocket(url)",
  ),
  // Its listeners get the socket first.
  "websocket-ts": `
    import { Websocket } from "websocket-ts";
    export function open(url, { onOpen, onMessage, onClose } = {}) {
      const socket = new Websocket(url);
      if (onOpen) socket.addEventListener("open", (_, event) => onOpen(event));
      if (onMessage) socket.addEventListener("message", (_, event) => onMessage(event));
      if (onClose) socket.addEventListener("close", (_, event) => onClose(event));
      return socket;
    }`,
  // A function that takes its listeners as options.
  sockette: `
    import sockette from "sockette";
    export const open = (url, { onOpen, onMessage, onClose } = {}) =>
      sockette(url, { onopen: onOpen, onmessage: onMessage, onclose: onClose });`,
};

export const peers = Object.keys(sources);

/** The source of a peer's bundle, or of one that a bench adds: an ES module, minified alike. */
export async function bundleOf(name, source = sources[name]) {
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({
    stdin: { contents: source, resolveDir: join(root, "benches") },
    bundle: true,
    // sockjs-client is written for bundlers that give pages Node's `global`.
    define: { global: "globalThis" },
    format: "esm",
    minify: true,
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/** Writes such a bundle; gives its path, for `import` in Node. */
export async function bundleFile(name, source) {
  const folder = join(targetDir, "benches", "peers");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name.replaceAll(/\W/g, "-")}.mjs`);
  writeFileSync(path, await bundleOf(name, source));
  return path;
}
