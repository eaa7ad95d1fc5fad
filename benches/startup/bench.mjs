import { paired } from "../lib/paired.mjs";
import { OURS } from "../lib/peers.mjs";
import { bars } from "../lib/plot.mjs";
import { summary } from "../lib/stats.mjs";
import { number, spread } from "../lib/table.mjs";

const SEPARATE = `${OURS}, .wasm as a file`;
const MOST_AT_ONCE = 50;

/** What is not in lib/peers.mjs. None of these connects before it is told to, but SockJS. */
const sources = {
  [SEPARATE]: `
    import { init, ReconnectingWebSocket } from "../pkg/wasm.js";
    export async function open(url) {
      await init("/pkg/everline_bg.wasm");
      return new ReconnectingWebSocket(url);
    }`,
  phoenix: `
    import { Socket } from "phoenix";
    export const open = (url) => new Socket(url);`,
  "@microsoft/signalr": `
    import { HubConnectionBuilder } from "@microsoft/signalr";
    export const open = (url) => new HubConnectionBuilder().withUrl(url).build();`,
  "socket.io-client": `
    import { io } from "socket.io-client";
    export const open = (url) => io(url, { autoConnect: false });`,
  "sockjs-client": `
    import SockJS from "sockjs-client";
    export const open = (url) => new SockJS(url);`,
  centrifuge: `
    import { Centrifuge } from "centrifuge";
    export const open = (url) => new Centrifuge(url.replace("http", "ws"));`,
};

const names = [
  OURS,
  SEPARATE,
  "reconnecting-websocket",
  "partysocket",
  "@nktkas/rews",
  "sturdy-websocket",
  "robust-websocket",
  "websocket-ts",
  "sockette",
  ...Object.keys(sources).slice(1),
];

export default {
  title: "Start-up",
  question:
    "How long does it take in Chromium from the `import` of a library to its first socket, and does the page stand still meanwhile?",
  needs: ["browsers"],

  async run({ quick, log }) {
    const { withPage } = await import("../lib/pages.mjs");
    const rounds = quick ? 1 : 9;
    let values;
    const work = async ({ page, openPage, site }) => {
      await page.close();
      values = await paired(names, { rounds, warmUp: 1 }, async (name, round) => {
        if (name === OURS && round >= 0) log(`round ${round + 1} of ${rounds}`);
        return measure(await openPage(), name, site.url.replace(/\/$/, "/nowhere"));
      });
    };
    await withPage("chrome", work, { names, sources });
    return { values };
  },

  report({ values }) {
    const figure = (name, visit, what) => summary(values[name].map((round) => round[visit][what]));
    const longest = (name) =>
      Math.max(...values[name].flatMap(({ first, again }) => [first.longest, again.longest]));
    return {
      aims: [OURS, SEPARATE].map((name) => ({
        aim: `${name}: no task above ${MOST_AT_ONCE} ms`,
        figure: longest(name) > 0 ? `the longest has ${number(longest(name))} ms` : "none",
        met: longest(name) === 0,
      })),
      tables: [
        {
          caption: "Milliseconds; the downloads are in the section about sizes.",
          rows: names.map((name) => ({
            library: name,
            "first visit: import": spread(figure(name, "first", "imported")),
            "first visit: and socket": spread(figure(name, "first", "made")),
            "third visit: import": spread(figure(name, "again", "imported")),
            "third visit: and socket": spread(figure(name, "again", "made")),
            [`tasks above ${MOST_AT_ONCE} ms`]: longest(name) > 0 ? number(longest(name)) : "none",
          })),
        },
      ],
      text: method(values[OURS].length),
      plots: [
        {
          file: "startup.svg",
          alt: "The time from import to the first socket, by library",
          svg: bars({
            title: "From import to the first socket: Chromium",
            unit: "ms, median and quartiles",
            groups: Object.entries({ first: "first visit", again: "third visit" }).map(
              ([visit, name]) => ({
                name,
                bars: names.map((name) => ({ name, ...figure(name, visit, "made") })),
              }),
            ),
          }),
        },
      ],
    };
  },
};

/** Three visits by somebody who was never there: `{ first, again }`, the first and the third. */
async function measure(page, name, url) {
  try {
    const first = await page.evaluate(start, name, url);
    // Chromium keeps compiled code for the visit after the second one.
    await page.reload();
    await page.evaluate(start, name, url);
    await page.reload();
    return { first, again: await page.evaluate(start, name, url) };
  } finally {
    await page.browserContext().close();
  }
}

// In the page. Milliseconds since the import began, and the longest task of those that are too long.
async function start(name, url) {
  const tooLong = [];
  const observer = new PerformanceObserver((list) => tooLong.push(...list.getEntries()));
  observer.observe({ type: "longtask" });
  // In a task of its own.
  await new Promise((resolve) => setTimeout(resolve));
  const begin = performance.now();
  const { open } = await peer(name);
  const imported = performance.now() - begin;
  await open(url);
  const made = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, 20));
  const longest = Math.max(0, ...tooLong.map(({ duration }) => duration));
  return { imported, made, longest };
}

function method(rounds) {
  return `
${rounds} rounds, each in a browser context of its own, so with an empty cache. From before the dynamic import to
when the first \`new\` is done, by the page's clock, in a blank page; the files come from a server on the same machine,
so the time to download them is not in it. On the third visit they come from the browser's cache, and with them
what the browser has kept of its compilation. Tasks above ${MOST_AT_ONCE} ms are those that the browser reports as
\`longtask\`.

Everline's first socket decodes, compiles and instantiates the WebAssembly module, which no other library here has;
with the \`.wasm\` as a file the browser compiles it off the main thread while it arrives, after one more request.
`;
}
