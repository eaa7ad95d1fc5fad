/** Whose an error is, as a question that a page or an error reporter asks. */
import { evidenceOf } from "../../browser/page.js";
import { decide, type Terms } from "./core.js";
import { type Explanation, SUPPRESSING } from "./report.js";

/** What an error is judged against. */
export interface ErrorContext {
  /**
   * The page's URL. In a page of an extension its own files count as the application's.
   * @default location.href; in Node nothing
   */
  pageUrl?: string | undefined;
  /**
   * Whether a text that only browsers' extension interfaces write, such as "Extension context
   * invalidated.", is an extension's where there are no frames. Set it to `false` in an application
   * that talks to an extension of its own. @default true
   */
  runtimeMessages?: boolean | undefined;
  /**
   * Beginnings of locations that count as the application's, such as
   * `"chrome-extension://abcdefghijklmnopabcdefghijklmnop/"` of its own extension. @default []
   */
  ownUrls?: readonly string[] | undefined;
  /** Beginnings of further locations that count as extensions', such as a user script's. @default [] */
  urls?: readonly string[] | undefined;
  /**
   * Further messages that count as extensions' where there are no frames: whole ones, or with a `*` at the
   * end the beginnings of such. @default []
   */
  messages?: readonly string[] | undefined;
}

/** A scheme, and the host if there is one. */
const SITE = /^[^:]*:(?:\/\/[^/:?#]*)?/;

/**
 * Whether the error filter would suppress this: it comes from browser extensions alone, or is the
 * normal end of a connection that was thrown (a `CloseEvent` with 1000 or 1001). In doubt `false`. It
 * never throws, whatever it is given.
 *
 * @param errorOrEvent - An `ErrorEvent`, a `PromiseRejectionEvent`, anything shaped like them, an
 *   `Error`, or a message.
 */
export function isExtensionError(errorOrEvent: unknown, context?: ErrorContext): boolean {
  return explain(errorOrEvent, context).verdict === "suppress";
}

/** The same, with the reasons. It never throws either. */
export function explain(errorOrEvent: unknown, context?: ErrorContext): Explanation {
  const evidence = evidenceOf(errorOrEvent);
  const { rule, frames } = decide(evidence, settle(context ?? {}));
  const isNoise = SUPPRESSING.some((suppressing) => suppressing === rule);
  const { message, filename } = evidence;
  const first = frames.find(({ origin }) => origin === "extension")?.location;
  const extension = first ?? (rule === "extension-file" ? filename : undefined);
  return {
    verdict: isNoise ? "suppress" : "keep",
    rule,
    frames,
    message,
    filename,
    extension: extension && SITE.exec(extension)?.[0],
  };
}

/** What is of no use in a context is left out: a reporter that asks must not fail for it. */
function settle({ pageUrl, runtimeMessages, ownUrls, urls, messages }: ErrorContext): Terms {
  const texts = (list: unknown) => (Array.isArray(list) ? list.filter(isText).join("\n") : "");
  return {
    page: isText(pageUrl) ? pageUrl : (globalThis.location?.href ?? ""),
    runtimeMessages: runtimeMessages !== false,
    ownUrls: texts(ownUrls),
    urls: texts(urls),
    messages: texts(messages),
  };
}

/** An empty text is no pattern: it would be the beginning of everything. */
export function isText(item: unknown): item is string {
  return typeof item === "string" && item !== "";
}
