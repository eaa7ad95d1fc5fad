/** A small device: what it measures, and two commands that it acknowledges. */

import { byId, element, seconds, setText } from "./dom.js";
import { everyTick } from "./ticker.js";

const STALE_AFTER = 2500;
const UNITS = { temperature: "°C", battery: "%", distance: "cm", motor: "%" };

export function showTelemetry(line) {
  const { socket } = line;
  const led = byId("led");
  const motor = byId("motor");
  const said = byId("command-state");
  const tiles = new Map();
  let lastAt = null;
  /** Until somebody moves the slider, it follows the device. */
  let touched = false;

  // The server must know who we are before the commands that waited arrive.
  socket.addEventListener("open", () => socket.send('{"type":"hello","role":"viewer"}'));

  line.onJson((message) => {
    if (message.type === "telemetry") {
      lastAt = Date.now();
      for (const name of Object.keys(UNITS)) showReading(name, message[name]);
      showLed(message.led);
      if (!touched) showMotor(message.motor);
    }
    if (message.type === "command_ack") {
      setText(
        said,
        message.ok
          ? `The device obeyed: ${message.command} is ${word(message.value)}.`
          : `The device refused: ${message.message}.`,
      );
    }
    if (message.type === "error") setText(said, `The server says: ${message.message}.`);
  });

  led.addEventListener("click", () => command("led", led.getAttribute("aria-checked") !== "true"));
  motor.addEventListener("input", () => {
    touched = true;
    showMotor(motor.value);
  });
  motor.addEventListener("change", () => command("motor", Number(motor.value)));

  socket.addEventListener("dropped", ({ detail }) => {
    const text = `${detail.count} late command${detail.count === 1 ? "" : "s"} dropped`;
    setText(said, `The line was down too long: ${text}.`);
  });

  everyTick(() => {
    if (lastAt === null) return;
    const age = Date.now() - lastAt;
    const stale = age > STALE_AFTER;
    byId("readings").dataset.stale = stale;
    setText(byId("telemetry-state"), stale ? `Stale for ${seconds(age)}` : "Live");
  });

  function command(name, value) {
    const sent = socket.send(JSON.stringify({ type: "command", command: name, value }));
    const text = sent ? "sent; the device has not answered yet" : "waits for the line, 5 s at most";
    setText(said, `${name} to ${word(value)}: ${text}.`);
  }

  function showReading(name, value) {
    if (!tiles.has(name)) {
      const shown = element("dd");
      tiles.set(name, shown);
      byId("readings").append(element("div", {}, element("dt", {}, name), shown));
    }
    setText(tiles.get(name), `${value.toFixed(1)} ${UNITS[name]}`);
  }

  function showMotor(percent) {
    motor.value = percent;
    setText(byId("motor-value"), `${motor.value} %`);
  }

  function showLed(on) {
    led.setAttribute("aria-checked", on);
    setText(byId("led-word"), word(on));
  }
}

const word = (value) => (typeof value === "boolean" ? (value ? "on" : "off") : String(value));
