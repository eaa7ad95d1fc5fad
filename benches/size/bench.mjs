// What a page downloads: the package's entry points, and the peers bundled alike. Nothing here takes turns,
// for the same build has the same size on every machine.

import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { root } from "../../scripts/lib/project.mjs";
import { measure } from "../../scripts/lib/sizes.mjs";
import { whole } from "../lib/table.mjs";

/** What an application would import, by the package. */
const peers = {
  sockette: "default",
  "robust-websocket": "default",
  "sturdy-websocket": "default",
  "reconnecting-websocket": "default",
  "partysocket/ws": "default",
  "@nktkas/rews": "ReconnectingWebSocket",
  "websocket-ts": "WebsocketBuilder",
  phoenix: "Socket",
  "@microsoft/signalr": "HubConnectionBuilder",
  "socket.io-client": "io",
  "sockjs-client": "default",
  centrifuge: "Centrifuge",
};

async function measurePeer([name, imported]) {
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: `export { ${imported} } from "${name}"`,
      resolveDir: join(root, "benches"),
    },
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    // Some expect to be in a page.
    define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
    write: false,
    logLevel: "error",
  });
  const [{ contents }] = outputFiles;
  return {
    name,
    minified: contents.length,
    gzip: gzipSync(contents, { level: 9 }).length,
    brotli: brotliCompressSync(contents).length,
  };
}

/** What the sources of an entry belong to. */
const kinds = {
  "WebAssembly, as text": /^embedded (socket|audio|errors)$/,
  "WebAssembly, as a file": /\.wasm$/,
  "src/npm/": /^src\/npm\//,
  "src/browser/": /^src\/browser\//,
  other: /./,
};

function composition({ entry, parts }) {
  const row = { entry: code(entry) };
  for (const kind of Object.keys(kinds)) row[kind] = 0;
  for (const [name, bytes] of Object.entries(parts)) {
    row[Object.keys(kinds).find((kind) => kinds[kind].test(name))] += bytes;
  }
  for (const kind of Object.keys(kinds)) row[kind] = whole(row[kind]);
  return row;
}

function sizes({ minified, gzip, brotli }) {
  return { minified: whole(minified), gzip: whole(gzip), brotli: whole(brotli) };
}

function verdict({ gzip, aim }) {
  if (aim === undefined) return { aim: "–", "": "" };
  const missed = `missed by ${whole(gzip - aim)}`;
  return { aim: whole(aim), "": gzip <= aim ? "met" : missed };
}

function code(text) {
  return `\`${text}\``;
}

export default {
  title: "Size",
  question: "What does a page download for each entry point, in bytes?",

  async run() {
    return {
      entries: await measure(),
      peers: await Promise.all(Object.entries(peers).map(measurePeer)),
    };
  },

  report({ entries, peers }) {
    const aimed = entries.filter(({ aim }) => aim !== undefined);
    return {
      aims: aimed.map(({ entry, gzip, aim }) => ({
        aim: `${code(entry)} at most ${whole(aim)} bytes of gzip`,
        figure: whole(gzip),
        met: gzip <= aim,
      })),
      tables: [
        {
          caption: "The entry points. The aim is for gzip.",
          rows: entries.map((one) => ({ entry: code(one.entry), ...sizes(one), ...verdict(one) })),
        },
        {
          caption: "What they consist of, in bytes before compression.",
          rows: entries.map(composition),
        },
        {
          caption: "The peers, by gzip. Most of them do less, and some do other things.",
          rows: peers
            .toSorted((one, other) => one.gzip - other.gzip)
            .map((one) => ({ peer: code(one.name), ...sizes(one) })),
        },
      ],
      text:
        "An import in braces is what esbuild makes of it, minified and without what is not used; the others are\n" +
        "files as they are published. Compressed by gzip at level 9 and by brotli at level 11, each file by itself.\n\n" +
        "What is above the aims is logic, not packing: as text a module compresses to what it does as a file. The\n" +
        "sockets' entry has in it all that an application may come to need, and not only what it uses: the queue and its\n" +
        "limits, heartbeats, the policy of retries, HTTP and the way back, sessions, and options that are checked by name. It\n" +
        "is spread evenly: no function and no file holds a large part of what is too much, so the next kilobyte would be a\n" +
        "feature less, or a second download for those who need it.",
    };
  },
};
