// Finds the browsers that the tests drive: CHROME, FIREFOX and WEBKIT name them, else PATH is searched.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const programs = {
  chrome: ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
  chromedriver: ["chromedriver"],
  firefox: ["firefox-esr", "firefox"],
  webkit: ["WebKitWebDriver"],
  xvfb: ["Xvfb"],
};

const macApps = {
  chrome: "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  firefox: "/Applications/Firefox.app/Contents/MacOS/firefox",
};

/** The path of one of the `programs`, or undefined: of WebKit its driver. */
export function findBrowser(name) {
  const folders = process.env.PATH.split(delimiter);
  const candidates = [
    process.env[name.toUpperCase()],
    ...programs[name].flatMap((program) => folders.map((folder) => join(folder, program))),
    macApps[name],
  ];
  return candidates.find((path) => path && isExecutable(path));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
