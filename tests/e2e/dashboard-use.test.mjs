// The dashboard as its users meet it: it shows what is live, obeys, fits, and needs no mouse.

import assert from "node:assert/strict";
import { cards, dashboard, untilOpen, untilText, untilTrue } from "./harness/dashboard.mjs";
import { retire } from "./harness/test.mjs";

dashboard("it loads, and all lines are open", async ({ page }) => {
  const endpoints = (await cards(page)).map(({ endpoint }) => endpoint);
  assert.deepEqual(endpoints, ["/ws", "/session", "/ws/video", "/ws/pico", "/ws/logs"]);
  await untilText(page, "#summary", "All 5 lines open");
  await untilText(page, "#log", "open, from");
  assert.deepEqual(page.log.entries, [], "nothing in the console");
});

dashboard("video frames advance", async ({ page }) => {
  const shown = () => page.$eval("#video", ({ dataset }) => Number(dataset.frames));
  const before = await shown();
  const isShown = (frames) => Number(document.querySelector("#video").dataset.frames) >= frames;
  await untilTrue(page, isShown, before + 10);
  assert.equal(await page.$eval("#screen", ({ dataset }) => dataset.state), "live");
  const isPicture = await page.$eval("#video", (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 10;
  });
  assert.ok(isPicture, "more than one colour");
});

dashboard("the LED is switched, and back", async ({ page }) => {
  await untilText(page, "#telemetry-state", "Live");
  for (const word of ["on", "off"]) {
    await page.click("#led");
    await untilText(page, "#command-state", `The device obeyed: led is ${word}.`);
    await untilText(page, "#led-word", word);
    assert.equal(await page.$eval("#led", (led) => led.ariaChecked), String(word === "on"));
  }
});

dashboard("the motor is set by the keyboard, and turns", async ({ page }) => {
  await untilText(page, "#telemetry-state", "Live");
  await page.focus("#motor");
  await page.keyboard.press("End");
  await untilText(page, "#command-state", "The device obeyed: motor is 100.");
  await untilText(page, "#motor-value", "100 %");
  await untilTrue(page, () => {
    const [, reading] = document.querySelector("#readings").innerText.match(/motor\s*([\d.]+)/i);
    return Number(reading) > 50;
  });
});

dashboard("it fits a screen of 360 pixels", async ({ page }) => {
  retire(page);
  await page.setViewport({ width: 360, height: 740 });
  await untilTrue(page, () => innerWidth === 360);
  await untilText(page, "#log", "open, from");
  const { width, outside } = await page.evaluate(() => {
    const seen = [...document.querySelectorAll("button, input, select, h2, article, canvas")];
    const outside = seen.filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return left < 0 || right > 360;
    });
    return {
      width: document.documentElement.scrollWidth,
      outside: outside.map((element) => element.outerHTML),
    };
  });
  assert.ok(width <= 360, `${width} px wide`);
  assert.deepEqual(outside, []);
});

dashboard("Tab reaches every control, and Enter presses a fault", async ({ page }) => {
  const controls = await page.evaluate(() => {
    const selector = "button:enabled, input:enabled, select:enabled, [tabindex='0']";
    const found = [...document.querySelectorAll(selector)];
    for (const [index, control] of found.entries()) control.dataset.control = index;
    return found.length;
  });
  const reached = new Set();
  for (let presses = 0; reached.size < controls && presses < controls + 10; presses++) {
    await page.keyboard.press("Tab");
    const control = await page.evaluate(() => document.activeElement?.dataset.control);
    if (control !== undefined) reached.add(Number(control));
  }
  const inOrder = Array.from({ length: controls }, (_, index) => index);
  assert.deepEqual([...reached], inOrder, "all of them, in the order of the page");

  // Backwards, because what follows the last control is the browser's own.
  const before = await cards(page);
  const isAtFault = () => document.activeElement.matches("[data-fault=drop]:focus-visible");
  await page.keyboard.down("Shift");
  while (!(await page.evaluate(isAtFault))) await page.keyboard.press("Tab");
  await page.keyboard.up("Shift");
  await page.keyboard.press("Enter");
  await untilOpen(page, before);
});
