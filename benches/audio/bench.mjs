import { bars } from "../lib/plot.mjs";
import { ratio, summary } from "../lib/stats.mjs";
import { number, spread } from "../lib/table.mjs";

const OURS = "Everline";
const BROWSER = "OfflineAudioContext";
const RATES = [48_000, 44_100];
/** In µs, for what a browser gives at once. */
const AIM = 5;
/** What a resampler for speech has to do, in dB: leave the new band, and silence what is above it. */
const EQUAL = { pass: -1.5, alias: -60 };
const MIB = 2 ** 20;

export default {
  title: "Audio",
  question:
    "What does it cost to make 16 kHz, 16 bits and batches of what a microphone gives, and how good is what comes out?",
  needs: ["browsers"],

  async run({ quick, log }) {
    const { inChromium, inNode, hourInNode } = await import("./runs.mjs");
    const seconds = quick ? 2 : 15;
    const rounds = quick ? 1 : 7;
    log("Node");
    const node = await inNode(RATES, { seconds, rounds });
    log("Chromium");
    const chromium = await inChromium(RATES, { seconds, rounds });
    const minutes = quick ? 1 : 60;
    log(`${minutes} minutes of sound`);
    return { seconds, rounds, minutes, node, chromium, hour: await hourInNode(minutes) };
  },

  report({ seconds, rounds, minutes, node, chromium, hour }) {
    const places = { Node: node.costs, Chromium: chromium.costs };
    const names = Object.keys(node.quality[RATES[0]]);
    const equals = names.filter((name) => name !== OURS && isEqual(node.quality, name));
    const cells = Object.entries(places).flatMap(([place, costs]) =>
      RATES.map((rate) => ({ place, rate, costs: costs[rate] })),
    );
    const growth = hour.after.heap - hour.before.heap;
    return {
      aims: [
        ...cells.map(({ place, rate, costs }) => {
          const { median } = summary(costs.captured[OURS]);
          return {
            aim: `${place}, ${kilo(rate)}: at most ${AIM} µs for 128 frames, as the recorder gives them`,
            figure: `${number(median)} µs`,
            met: median <= AIM,
          };
        }),
        ...cells.map(({ place, rate, costs }) => {
          const compared = equals.map((name) => [
            name,
            ratio(costs.captured[OURS], costs.captured[name]).median,
          ]);
          return {
            aim: `${place}, ${kilo(rate)}: ahead of all others of its quality`,
            figure: compared
              .map(([name, share]) => `${number(share)} × the time of ${name}`)
              .join(", "),
            met: compared.every(([, share]) => share < 1),
          };
        }),
        {
          aim: `no more memory after ${minutes} minutes of sound than before`,
          figure: `${(growth / MIB).toFixed(2)} MiB more`,
          met: growth < MIB,
        },
      ],
      tables: [
        {
          caption: "**µs for 128 frames, to 16 kHz**",
          rows: [...names, BROWSER].map((name) => ({
            way: name,
            ...Object.fromEntries(
              cells.flatMap(({ place, rate, costs }) => {
                const cost = costs.captured[name];
                return [[`${place}, ${kilo(rate)}`, cost ? spread(summary(cost)) : "–"]];
              }),
            ),
          })),
        },
        {
          caption: "**The same, if each 128 frames are pushed by themselves**",
          rows: names.map((name) => ({
            way: name,
            ...Object.fromEntries(
              cells.map(({ place, rate, costs }) => [
                `${place}, ${kilo(rate)}`,
                spread(summary(costs.quantum[name])),
              ]),
            ),
          })),
        },
        ...RATES.map((rate) => ({
          caption: `**What comes out, from ${kilo(rate)}**`,
          rows: [...names, BROWSER].map((name) => {
            const { snr, pass, aliases } = (name === BROWSER ? chromium.quality : node.quality)[
              rate
            ][name];
            return {
              way: name,
              "tone of 1 kHz over the rest, dB": snr.toFixed(0),
              "7 kHz, dB": pass.toFixed(1),
              ...Object.fromEntries(
                Object.entries(aliases).map(([frequency, level]) => [
                  `${frequency / 1000} kHz, dB`,
                  level < -100 ? "< −100" : level.toFixed(0),
                ]),
              ),
            };
          }),
        })),
        {
          caption: `**${minutes} minutes of sound at 48 kHz, in Node**`,
          rows: [
            {
              "processor time, s": number(hour.cpu),
              "times faster than real time": number((minutes * 60) / hour.cpu),
              "heap before and after, MiB": [hour.before, hour.after]
                .map(({ heap }) => (heap / MIB).toFixed(1))
                .join(" → "),
              "process before and after, MiB": [hour.before, hour.after]
                .map(({ resident }) => (resident / MIB).toFixed(0))
                .join(" → "),
              gaps: String(hour.gaps),
            },
          ],
        },
      ],
      text: `Each way takes floats and sends messages of 100 ms with 16-bit samples to a socket that swallows them; ${rounds} rounds of
${seconds} s of noise, in turns, one thread, and in Node by the kernel's clock of that thread. Everline is the package
as it is built, with all that \`AudioBatcher\` does: it checks, mixes, resamples, measures the level, numbers, queues,
batches and tells. *As the recorder gives them* is in pieces of 1,024 frames, some 20 ms, which Everline's audio worklet
collects; what calls \`push\` for each 128 frames pays for each call. "JavaScript, linear" is what applications do by
hand; "same filter" is the polyphase filter of Everline in typed arrays; libsamplerate is
\`@alexanderolsen/libsamplerate-js\`, which is WebAssembly, too, with JavaScript around it that concatenates and converts.
\`OfflineAudioContext\` does all of it in one go, in the browser's thread and native code: it cannot be used live.

Of equal quality is what loses at most ${-EQUAL.pass} dB at 7 kHz and leaves at most ${EQUAL.alias} dB of 9 kHz and above, which cannot be
heard at 16 kHz and comes back as another tone if it stays: ${equals.join(", ") || "none of the others"}.

**Copies.** With the microphone, a sample is copied from the browser's array into the recorder's piece (whose buffer is
transferred, not copied), into the memory of WebAssembly, and into the filter's window; from there what comes out is
computed, once, into the queue, converted into the batch, and copied out of WebAssembly as the message that the socket
gets. That is three copies before the filter at the input's rate, and two behind it at 16 kHz. The ways by hand copy from
the browser's array, into the chunk that is kept, into the concatenation and into the resampler's window, and behind it
into the resampled array and the message.`,
      plots: [
        {
          file: "audio-cost.svg",
          alt: "µs for 128 frames",
          svg: bars({
            title: "To 16 kHz and 16 bits in batches (median and quartiles)",
            unit: "µs for 128 frames",
            groups: cells.map(({ place, rate, costs }) => ({
              name: `${place}, ${kilo(rate)}`,
              bars: names.map((name) => ({ name, ...summary(costs.captured[name]) })),
            })),
          }),
        },
      ],
    };
  },
};

function isEqual(quality, name) {
  return RATES.every((rate) => {
    const { pass, aliases } = quality[rate][name];
    return pass >= EQUAL.pass && Math.max(...Object.values(aliases)) <= EQUAL.alias;
  });
}

function kilo(rate) {
  return `${rate / 1000} kHz`;
}
