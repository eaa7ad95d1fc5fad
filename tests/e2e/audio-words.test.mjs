// Somebody speaks into Chromium's microphone, and a recogniser behind the reference server writes
// down the words: all of them, whatever the way there. In Firefox, whose microphone cannot hear a
// file, the same samples are pushed.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { recordings } from "../../scripts/lib/project.mjs";
import { silence } from "../server/sound.mjs";
import { speak } from "../server/speech.mjs";
import { browserName } from "./harness/browser.mjs";
import { resting } from "./harness/fallback.mjs";
import { startProxy } from "./harness/proxy.mjs";
import { startServer } from "./harness/server.mjs";
import { openSocket } from "./harness/socket.mjs";
import { intoMicrophone, permit, raw, recognising, recorded } from "./harness/speech.mjs";
import { e2e } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

const canHearFiles = browserName === "chrome";

const ROBOT = `#JSGF V1.0;
grammar robot;
public <command> = robot <action> [and <action>];
<action> = go (forward | back) | turn (left | right) | stop | look (up | down) | open the hand;
`;

const session = { path: "session", options: { session: {} } };
const ways = {
  "by WebSocket": { path: "ws/audio" },
  "with the connection cut in the middle": { ...session, cuts: true },
  "with WebSockets blocked": { path: "ws/audio", by: "api/translate?client=speaker" },
  "in a session with WebSockets blocked": { ...session, by: "session" },
};

for (const [how, way] of Object.entries(ways))
  understood(`a synthetic voice is understood ${how}`, way, {
    words: "robot turn left and stop",
    grammar: ROBOT,
    speak: () => speak("robot turn left and stop"),
  });

for (const how of ["by WebSocket", "with the connection cut in the middle"])
  understood(`a person is understood ${how}`, ways[how], {
    words: "go forward ten meters",
    grammar: readFileSync(join(recordings, "goforward.gram"), "utf8"),
    speak: () => recorded("goforward.raw"),
  });

function understood(name, way, { words, grammar, speak }) {
  e2e(name, async ({ page }) => {
    const server = await startServer(recognising(grammar));
    const proxy = await startProxy(server.url);
    try {
      // Before the words a slow machine gets ready to listen.
      const sound = [...silence(2), ...speak(), ...silence(0.5)];
      const { said, stats, opens } = await listen(page, proxy, way, sound);
      assert.equal(said, words);
      assert.deepEqual([stats.gaps, stats.sentSamples], [0, stats.samples]);
      assert.equal(opens, way.cuts ? 2 : 1);
      assert.equal(proxy.posts.length > 0, way.by !== undefined);
      // Without a session, what goes by HTTP is a recording.
      assert.equal(stats.segments > 0, way === ways["with WebSockets blocked"]);
    } finally {
      await proxy.stop();
      await server.stop();
    }
  });
}

/** Has the sound sent; resolves to the words that were recognised, and how it went. */
async function listen(page, proxy, { path, by, options, cuts }, sound) {
  if (by) proxy.webSocket = 403;
  const fallback = by && { fallback: { ...resting, url: proxy.httpUrl + by } };
  const all = { ...soon, ...options, ...fallback };
  const socket = await openSocket(page, proxy.url + path, [], all);
  await socket.run((socket) => {
    const server = Everline.audioServers.everline();
    globalThis.audio = new Everline.AudioBatcher(socket, { server, finishTimeout: 40_000 });
  });
  const middle = Math.floor(sound.length / 2);
  if (canHearFiles) {
    intoMicrophone(sound);
    await permit(page);
    await page.evaluate((constraints) => audio.capture({ constraints }), raw);
  } else {
    await push(page, sound.slice(0, middle));
  }
  await untilHeard(page, middle);
  if (cuts) proxy.cut();
  if (!canHearFiles) await push(page, sound.slice(middle));
  await untilHeard(page, sound.length);
  return socket.run(async (socket) => {
    await audio.finish();
    const { entries } = socket.journal;
    const messages = entries.flatMap(({ data }) => (data ? JSON.parse(data) : []));
    const settled = messages.filter(({ type, final }) => type === "transcription" && final);
    const said = settled
      .map(({ text }) => text)
      .join(" ")
      .trim();
    return { said, stats: audio.stats(), opens: socket.stats().opens };
  });
}

function push(page, samples) {
  return page.evaluate((samples) => audio.push(Int16Array.from(samples)), samples);
}

/** Waits until so much has been heard, and all of it if more than that is silent. */
function untilHeard(page, samples) {
  const isHeard = (samples) => audio.stats().samples >= samples;
  return page.waitForFunction(isHeard, { polling: 50, timeout: 60_000 }, samples);
}
