// The processor time of a page's main thread, in which its scripts run and its events are dispatched: by
// the kernel's clock, which counts nanoseconds of this thread alone, whatever else the machine does. Linux
// has it for Chromium and Firefox alike, and is exact about it once the thread waits.

import { readdirSync, readFileSync } from "node:fs";

/** Finds the process of a page by making it busy. Nothing else should be. */
export async function mainThread(page, browser) {
  const processes = descendants(browser.process().pid);
  const before = new Map(processes.map((pid) => [pid, spent(pid)]));
  await page.evaluate(() => {
    for (const end = performance.now() + 300; performance.now() < end; );
  });
  const gain = (pid) => spent(pid) - before.get(pid);
  const pid = processes.reduce((a, b) => (gain(b) > gain(a) ? b : a));
  return { spent: () => spent(pid) };
}

/** In ns. The main thread has the number of its process. */
function spent(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[0]);
  } catch {
    // It has ended.
    return 0;
  }
}

function descendants(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [pid];
  for (const each of found) found.push(...(children.get(each) ?? []));
  return found;
}

function parentOf(pid) {
  try {
    // The name before it may have any characters but ends with the last parenthesis.
    return Number(/.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}
