/** Errors that nobody caught: what of them was an extension's, and what is ours. */

import { byId, clockTime, element, setText } from "./dom.js";

const LIMIT = 100;
const list = byId("errors");
const state = byId("errors-state");

const WRAPPER =
  "    at extensionFetch (chrome-extension://aaaaaaaabbbbbbbbccccccccdddddddd/wrap.js:1:9)";

/** What each button has fail, as it would look if it were not pretended. */
const PRETENDED = {
  extension: () => failing("x is null", [WRAPPER]),
  ours: () => failing("Failed to fetch", [WRAPPER, `    at load (${location.origin}/main.js:7:3)`]),
  close: () => new CloseEvent("close", { code: 1000, wasClean: true }),
};

const RULES = {
  "extension-frames": "every frame is an extension's",
  "extension-file": "it is in an extension's file",
  "runtime-message": "only an extension's interface says this",
  "normal-close": "a normal end, thrown by somebody",
};

/** Keeps the others' errors away from now on, and shows them. */
export function showErrors() {
  const { explain, installErrorFilter } = globalThis.Everline;
  const filter = installErrorFilter({
    onSuppressed: ({ message, rule, extension }) => {
      add("suppressed", message || "A close event", `${RULES[rule]}: ${extension ?? rule}`);
      sum();
    },
  });
  const sum = () => {
    const { suppressed, kept } = filter.stats();
    setText(state, `${suppressed} suppressed, ${kept} kept`);
  };
  // The filter was first: what comes here is kept.
  for (const type of ["error", "unhandledrejection"]) {
    addEventListener(type, (event) => {
      const { message, rule } = explain(event);
      add("kept", message || type, rule === "application-frame" ? "a frame is ours" : rule);
      sum();
    });
  }
  byId("errors-buttons").addEventListener("click", ({ target }) => {
    const pretend = PRETENDED[target.dataset.pretend];
    if (pretend) Promise.reject(pretend());
  });
  sum();
}

function failing(message, frames) {
  const stack = [`TypeError: ${message}`, ...frames].join("\n");
  return Object.assign(new TypeError(message), { stack });
}

function add(verdict, message, reason) {
  list.prepend(
    element(
      "li",
      { "data-verdict": verdict },
      element("time", {}, clockTime(Date.now())),
      " ",
      element("b", {}, verdict),
      " ",
      element("span", {}, message),
      " ",
      element("small", {}, reason),
    ),
  );
  while (list.childElementCount > LIMIT) list.lastElementChild.remove();
}
