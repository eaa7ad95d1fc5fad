// The translator: audio goes on over HTTP where WebSockets are blocked, with the same answers.

import assert from "node:assert/strict";
import { pcm, silence, sine } from "../server/sound.mjs";
import { changed, onHttp, resting } from "./harness/fallback.mjs";
import { live } from "./harness/live.mjs";
import { startProxy } from "./harness/proxy.mjs";
import { openSocket } from "./harness/socket.mjs";
import { soon } from "./harness/time.mjs";

const INIT = '{"type":"init","sourceLanguage":"en","targetLanguage":"de"}';
const END = '{"type":"end"}';
const SOUND = pcm(sine(1.2), silence(0.5), sine(0.7, { amplitude: 0.25 }));

const blocked = {
  "which are refused": { webSocket: 403, fallback: { after: 3 } },
  "which hang": { webSocket: "hang", fallback: { after: 1 }, options: { connectionTimeout: 400 } },
  "in batches": { webSocket: 403, fallback: { after: 1, batch: "concat" } },
};

for (const [name, { webSocket, fallback, options }] of Object.entries(blocked))
  live(`the same answers without WebSockets, ${name}`, async ({ server, page }) => {
    const proxy = await startProxy(server.url);
    try {
      const open = (client) => {
        const url = `${proxy.httpUrl}api/translate?client=${client}`;
        const all = { ...soon, ...options, fallback: { ...resting, ...fallback, url } };
        return openSocket(page, `${proxy.url}ws/audio`, [], all);
      };
      const usual = await open("usual");
      await usual.next("open");
      const expected = await talk(usual);
      assert.equal(await usual.get("transport"), "websocket");
      await usual.call("close");

      proxy.webSocket = webSocket;
      const other = await open("other");
      await onHttp(other);
      assert.deepEqual(await talk(other), expected);
      assert.equal(await other.get("transport"), "http");
      assert.ok(proxy.requests.entries.every(({ method }) => method === "POST"));

      proxy.webSocket = "pass";
      await page.evaluate(() => window.dispatchEvent(new Event("online")));
      await changed(other, "websocket");
      assert.deepEqual(await talk(other), expected);
      await other.call("close");
      await other.next("close");
    } finally {
      await proxy.stop();
    }
  });

/** Says something; resolves to the answers, up to the last. */
async function talk(socket) {
  await socket.run(
    (socket, init, sound, end) => {
      socket.send(init);
      for (let at = 0; at < sound.length; at += 3200) {
        socket.send(new Uint8Array(sound.slice(at, at + 3200)));
      }
      socket.send(end);
    },
    INIT,
    [...SOUND],
    END,
  );
  const answers = [];
  do {
    answers.push(JSON.parse((await socket.next("message")).data));
  } while (answers.at(-1).type !== "translation" || !answers.at(-1).final);
  return answers;
}
