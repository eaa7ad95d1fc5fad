// The dashboard without WebSockets: the chat goes on over HTTP, says so, and comes back by itself.

import assert from "node:assert/strict";
import {
  dashboard,
  press,
  say,
  untilBack,
  untilOver,
  untilText,
  untilTrue,
  withAnother,
} from "./harness/dashboard.mjs";

dashboard("with WebSocket blocked the chat goes on over HTTP, and comes back", async ({ page }) => {
  assert.equal(await isPressed(page), "false");
  await press(page, "block-websocket");
  await untilOver(page, "http");
  await untilText(page, "#journal", "goes on over HTTP");
  await untilText(page, "#fault-state", "WebSockets are blocked");
  assert.equal(await isPressed(page), "true");
  assert.deepEqual(await chatCard(page), { status: "open", carrier: "HTTP", switches: "1" });
  await say(page, "over HTTP");
  await untilHeard(page, "over HTTP");

  await press(page, "block-websocket");
  await untilOver(page, "websocket");
  await untilText(page, "#journal", "back on WebSocket");
  assert.equal(await isPressed(page), "false");
  assert.deepEqual(await chatCard(page), { status: "open", carrier: "WebSocket", switches: "2" });
  const happened = ["open", "lost", "http", "open", "websocket"];
  assert.deepEqual(await chatJournal(page), happened, "not lost on the way back");
  await say(page, "back again");
  await untilHeard(page, "back again");

  // The server goes on where HTTP was left: what was heard since then is not shown twice.
  await press(page, "block-websocket");
  await untilOver(page, "http");
  await say(page, "once more");
  await untilHeard(page, "once more");
  assert.deepEqual(await heard(page), ["over HTTP", "back again", "once more"]);
  await release(page);
});

dashboard(
  "two pages talk over HTTP, and what is repeated is heard once",
  async ({ page, server, browser }) => {
    await press(page, "block-websocket");
    await untilOver(page, "http");
    await withAnother({ browser, server }, async (other) => {
      await untilOver(other, "http");
      await untilTrue(other, () => document.querySelector("[aria-pressed='true']") !== null);
      await say(other, "is anybody there?");
      await untilHeard(page, "is anybody there?");

      await page.select("#fault-http", "lose");
      await untilText(page, "#fault-state", "HTTP requests lose their answers");
      await untilOver(page, "");
      await untilText(page, "#journal", "a request was not answered");
      await say(page, "I am");
      await untilText(page, "#chat-state", "1 waiting");

      await page.select("#fault-http", "none");
      await untilText(page, "#chat-state", "Nothing waits");
      await untilHeard(other, "I am");
      await say(page, "and done");
      for (const listener of [page, other]) {
        await untilHeard(listener, "and done");
        assert.deepEqual(await heard(listener), ["is anybody there?", "I am", "and done"]);
      }
    });
    await release(page);
  },
);

/** Lets WebSockets through. */
async function release(page) {
  await press(page, "block-websocket");
  await untilText(page, "#fault-state", "done");
  await untilBack(page);
}

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
