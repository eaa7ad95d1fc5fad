// The measuring in Node, by a clock of this thread alone: whatever else the machine does is not counted.

import { readFileSync } from "node:fs";
import { serve } from "../lib/child.mjs";
import { cost, quality } from "./measure.mjs";

/** In ms; Linux only. */
function clock() {
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6;
}

await serve(() => ({ cost: (how) => cost(how, clock), quality }));
