/** The filter: the page's listeners, console and reporters hear nothing of what is noise. */
import { watchErrors } from "../../browser/page.js";
import { check, wrong } from "../options.js";
import { type ErrorContext, explain, isText } from "./explain.js";
import type { Explanation, Rule } from "./report.js";

export interface ErrorFilterOptions extends ErrorContext {
  /** Is told what was suppressed. What it throws itself is reported as an error like any other. @default none */
  onSuppressed?: ((report: SuppressedError) => void) | undefined;
  /**
   * Whether to raise `Error.stackTraceLimit` to 50 where it is lower. V8 keeps ten frames of a stack,
   * and those of an extension's wrappers can be all of them. @default true
   */
  stackTraceLimit?: boolean | undefined;
}

/** What was suppressed, and why. */
export interface SuppressedError extends Explanation {
  type: "error" | "unhandledrejection";
  /** What was thrown, if anything can be had of it. */
  error: unknown;
}

/** Counts since the filter was installed. */
export interface ErrorFilterStats {
  suppressed: number;
  kept: number;
  /** How often each rule decided. */
  byRule: Partial<Record<Rule, number>>;
}

/** An installed filter. */
export interface ErrorFilter {
  stats(): ErrorFilterStats;
  /** Removes the filter, and all that it changed. */
  uninstall(): void;
}

/** Where the installed filter is known, also to another copy of this package. */
const INSTALLED = Symbol.for("everline.errors");

const OPTIONS = {
  pageUrl: "string",
  runtimeMessages: "boolean",
  ownUrls: "object",
  urls: "object",
  messages: "object",
  onSuppressed: "function",
  stackTraceLimit: "boolean",
};

/**
 * Suppresses errors and rejections that come from browser extensions alone, and those that only say
 * that a connection ended normally. Whatever a frame of the application took part in stays, and so
 * does what cannot be attributed.
 *
 * Install it before anything else listens, best in the first script of a page: listeners that were
 * there already hear an error first (not so `onerror` and `onunhandledrejection`). It does nothing
 * where there are no such events, as in Node. A second installation gives the filter that is there
 * already; its options are checked and not used.
 *
 * @throws TypeError - An option is wrong; the message names it.
 */
export function installErrorFilter(options: ErrorFilterOptions = {}): ErrorFilter {
  const { onSuppressed, stackTraceLimit = true, ...context } = settle(options);
  const page = globalThis as { [INSTALLED]?: ErrorFilter };
  const installed = page[INSTALLED];
  if (installed) return installed;

  const stats = { suppressed: 0, kept: 0, byRule: {} as Partial<Record<Rule, number>> };
  const stop = watchErrors((event) => {
    const explanation = explain(event, context);
    const { rule, verdict } = explanation;
    const isNoise = verdict === "suppress";
    stats.byRule[rule] = (stats.byRule[rule] ?? 0) + 1;
    stats[isNoise ? "suppressed" : "kept"]++;
    if (isNoise) tell(onSuppressed, explanation, event);
    return isNoise;
  }, stackTraceLimit);
  const filter = {
    stats: () => ({ ...stats, byRule: { ...stats.byRule } }),
    uninstall() {
      stop();
      if (page[INSTALLED] === filter) delete page[INSTALLED];
    },
  };
  page[INSTALLED] = filter;
  return filter;
}

function tell(
  onSuppressed: ErrorFilterOptions["onSuppressed"],
  explanation: Explanation,
  event: Event,
): void {
  try {
    const { type } = event as { type: SuppressedError["type"] };
    onSuppressed?.({ ...explanation, type, error: thrownIn(event) });
  } catch (error) {
    // The filter is busy now, and lets it pass.
    globalThis.reportError?.(error);
  }
}

function thrownIn(event: Event): unknown {
  try {
    const { error, reason } = event as Partial<ErrorEvent & PromiseRejectionEvent>;
    return event.type === "error" ? error : reason;
  } catch {
    return undefined;
  }
}

function settle(options: ErrorFilterOptions): ErrorFilterOptions {
  check(options, "", OPTIONS);
  for (const name of ["ownUrls", "urls", "messages"] as const) {
    const list: unknown = options[name] ?? [];
    if (!Array.isArray(list) || !list.every(isText)) {
      throw wrong(name, "a list of texts that are not empty", list);
    }
  }
  return options;
}
