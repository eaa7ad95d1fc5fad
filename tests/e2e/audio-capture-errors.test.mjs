// Why there is no audio is told by a code, and the socket lives on.

import assert from "node:assert/strict";
import { audio } from "./harness/audio.mjs";
import { browserName } from "./harness/browser.mjs";
import { permit } from "./harness/speech.mjs";
import { e2e, retire } from "./harness/test.mjs";

const isChromium = browserName === "chrome";

/** Runs `work` with an `audio`, whose socket goes on afterwards as if nothing had been. */
function capturing(name, work) {
  audio(name, async ({ page, peer, open }) => {
    const audio = await open(peer.url);
    const connection = await peer.connection();
    await work({ page, audio });
    await audio.socket((socket) => socket.send("still here"));
    await connection.messages.next((message) => message === "still here");
    assert.equal(peer.connections.entries.length, 1);
  });
}

/** `capture` rejects with this code, and the platform's error behind it; gives what it says. */
async function assertRefused(audio, code, cause, options = {}) {
  const { message, ...error } = await audio.run(async (audio, options) => {
    const error = await audio.capture(options).catch((error) => error);
    const { code, message, cause } = error;
    const isTyped = error instanceof Everline.AudioCaptureError;
    return { isTyped, code, message, cause: `${cause?.name}` };
  }, options);
  assert.deepEqual(error, { isTyped: true, code, cause: `${cause}` });
  return message;
}

/** A capture succeeds. */
async function assertAllowed(audio) {
  await audio.call("capture");
  await audio.call("stopCapture");
}

capturing("refused: the user said no, then yes", async ({ page, audio }) => {
  if (isChromium) await permit(page, "denied");
  await assertRefused(audio, "refused", "NotAllowedError");
  if (!isChromium) return;
  await permit(page);
  await assertAllowed(audio);
});

capturing("missing: no such microphone", async ({ page, audio }) => {
  if (isChromium) await permit(page);
  const constraints = { deviceId: { exact: "nonesuch" } };
  await assertRefused(audio, "missing", "OverconstrainedError", { constraints });
});

capturing("missing: a stream without live audio", async ({ audio }) => {
  const codes = await audio.run(async (audio) => {
    const { stream } = new MediaStreamAudioDestinationNode(new AudioContext());
    stream.getTracks()[0].stop();
    const capture = (stream) => audio.capture({ stream }).catch(({ code }) => code);
    return [await capture(stream), await capture(new MediaStream())];
  });
  assert.deepEqual(codes, ["missing", "missing"]);
});

capturing("busy: something else has the microphone", async ({ page, audio }) => {
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("Could not start audio source", "NotReadableError");
    };
  });
  await assertRefused(audio, "busy", "NotReadableError");
});

e2e("unsupported: a page without https:", async ({ page }) => {
  retire(page);
  await page.setRequestInterception(true);
  page.on("request", (request) => request.respond({ contentType: "text/html", body: "" }));
  await page.goto("http://everline.test/");
  await page.addScriptTag({ path: "pkg/everline.iife.js" });
  const { code, message } = await page.evaluate(async () => {
    const socket = Object.assign(new EventTarget(), { readyState: 0, bufferedAmount: 0 });
    const audio = new Everline.AudioBatcher(socket);
    return audio.capture().catch(({ code, message }) => ({ code, message }));
  });
  assert.equal(code, "unsupported");
  assert.match(message, /https/);
});

e2e("unsupported: a policy without blob:, where the worklet as a file works", async (t) => {
  const { page, peer, site } = t;
  // The last is for puppeteer.
  const policy = "script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'";
  const headers = { "content-type": "text/html", "content-security-policy": policy };
  const html = '<link rel="icon" href="data:,"><script src="/pkg/everline.iife.js"></script>';
  await page.goto(site.add("/policy", html, headers));
  const errors = await page.evaluate(async (url) => {
    const socket = new Everline.WebSocket(url);
    const audio = new Everline.AudioBatcher(socket);
    const { stream } = new MediaStreamAudioDestinationNode(new AudioContext());
    const capture = (workletUrl) =>
      audio.capture({ stream, workletUrl }).catch(({ code, message }) => ({ code, message }));
    const errors = [await capture(), await capture("/none.js")];
    errors.push(await capture("/pkg/everline-worklet.js"));
    await audio.stopCapture();
    audio.close();
    socket.close();
    return errors;
  }, peer.url);
  assert.deepEqual(
    errors.map((error) => error?.code),
    ["unsupported", "unsupported", undefined],
  );
  assert.match(errors[0].message, /Content-Security-Policy.* blob: .*script-src.*workletUrl/);
  assert.match(errors[1].message, /none\.js/);
});

if (isChromium)
  capturing("unplugged: the microphone is taken away, and given back", async ({ page, audio }) => {
    await permit(page);
    await audio.call("capture");
    await permit(page, "denied");
    assert.equal(await lostBy(audio), "unplugged");
    await permit(page);
    await assertAllowed(audio);
  });

// Firefox lets nobody else say that a track has ended.
if (isChromium)
  capturing("unplugged: a stream that was given ends", async ({ audio }) => {
    await audio.run(async (audio) => {
      const { stream } = new MediaStreamAudioDestinationNode(new AudioContext());
      await audio.capture({ stream });
      const [track] = stream.getTracks();
      track.stop();
      track.dispatchEvent(new Event("ended"));
    });
    assert.equal(await lostBy(audio), "unplugged");
  });

capturing("unplugged: a context that was given ends", async ({ audio }) => {
  await audio.run(async (audio) => {
    const context = new AudioContext();
    const { stream } = new MediaStreamAudioDestinationNode(context);
    await audio.capture({ context, stream });
    await context.close();
  });
  assert.equal(await lostBy(audio), "unplugged");
});

/** The code of the `error` that says that there is no more audio. */
function lostBy(audio) {
  return audio.run(async ({ journal }) => {
    const { error } = await journal.next(({ type }) => type === "error");
    return error.code;
  });
}
