// The dashboard without WebSockets: the chat goes on over HTTP, says so, and comes back by itself.

import assert from "node:assert/strict";
import {
  dashboard,
  press,
  say,
  untilOpen,
  untilOver,
  untilText,
  untilTrue,
  withAnother,
} from "./harness/dashboard.mjs";

dashboard(
  "with WebSocket blocked the chat goes on over HTTP, and released, it comes back",
  async ({ page, server, browser }) => {
    assert.equal(await isPressed(page), "false");
    await press(page, "block-websocket");
    await untilOver(page, "http");
    await untilText(page, "#journal", "goes on over HTTP");
    await untilText(page, "#fault-state", "WebSockets are blocked");
    assert.equal(await isPressed(page), "true");
    assert.deepEqual(await chatCard(page), { status: "open", carrier: "HTTP", switches: "1" });

    await withAnother({ browser, server }, async (other) => {
      await untilOver(other, "http");
      await untilTrue(other, () => document.querySelector("[aria-pressed='true']") !== null);
      await say(page, "is anybody there?");
      await untilHeard(other, "is anybody there?");
      await say(other, "I am");
      for (const heard of [page, other]) await untilHeard(heard, "I am");
    });
    await untilText(page, "#chat-state", "Nothing waits");

    await press(page, "block-websocket");
    await untilOver(page, "websocket");
    await untilText(page, "#journal", "back on WebSocket");
    assert.deepEqual(await chatCard(page), { status: "open", carrier: "WebSocket", switches: "2" });
    const happened = ["open", "lost", "http", "open", "websocket"];
    assert.deepEqual(await chatJournal(page), happened, "not lost on the way back");
    assert.equal(await isPressed(page), "false");
    await say(page, "back again");
    await untilHeard(page, "back again");
    assert.deepEqual(await heard(page), ["is anybody there?", "I am", "back again"]);
    await untilOpen(page);
  },
);

dashboard(
  "what HTTP does not answer is repeated, and heard once",
  async ({ page, server, browser }) => {
    await press(page, "block-websocket");
    await untilOver(page, "http");
    await withAnother({ browser, server }, async (other) => {
      await untilOver(other, "http");
      await page.select("#fault-http", "lose");
      await untilText(page, "#fault-state", "HTTP requests lose their answers");
      await untilOver(page, "");
      await untilText(page, "#journal", "a request was not answered");
      await say(page, "once");
      await untilText(page, "#chat-state", "1 waiting");

      await page.select("#fault-http", "none");
      await untilText(page, "#chat-state", "Nothing waits");
      await untilHeard(other, "once");
      await say(page, "and done");
      for (const listener of [page, other]) {
        await untilHeard(listener, "and done");
        assert.deepEqual(await heard(listener), ["once", "and done"]);
      }
    });
    await press(page, "block-websocket");
    await untilOver(page, "websocket");
    await untilOpen(page);
  },
);

/** What the chat's card says to those who see it. */
function chatCard(page) {
  return page.$eval("[data-endpoint='/ws']", (card) => {
    const text = (slot) => card.querySelector(`[data-slot='${slot}']`).textContent;
    return { status: text("status"), carrier: text("transport"), switches: text("switches") };
  });
}

/** What happened to the chat, oldest first, without its tries. */
async function chatJournal(page) {
  const kinds = await page.$$eval("#journal li", (items) =>
    items
      .filter((item) => item.querySelector("b").textContent === "/ws")
      .map(({ dataset }) => dataset.kind),
  );
  return kinds.filter((kind) => kind !== "retry").reverse();
}

function isPressed(page) {
  return page.$eval("#block-websocket", (button) => button.getAttribute("aria-pressed"));
}

/** The messages that came back from the server, own ones too. */
function heard(page) {
  return page.$$eval("#chat-log [data-state='sent'] span", (texts) =>
    texts.map(({ textContent }) => textContent),
  );
}

function untilHeard(page, text) {
  const isHeard = (text) =>
    [...document.querySelectorAll("#chat-log [data-state='sent'] span")].some(
      ({ textContent }) => textContent === text,
    );
  return untilTrue(page, isHeard, text);
}
