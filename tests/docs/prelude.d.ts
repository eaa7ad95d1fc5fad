// What the documents' code takes for granted: all that is not imported in it.

/** The script tags' globals. */
declare const Everline: typeof import("everline");
declare const EverlineErrors: typeof import("everline/errors");

/** The page's own. */
declare function draw(frame: unknown): void;
declare function show(status: string): void;
/** Asks who the user is, and resolves to a token. */
declare function signIn(): Promise<string>;

/** The error reporters, as far as docs/ERRORS.md uses them. */
type Hook<Arguments extends unknown[], Result> = (...args: Arguments) => Result;
declare const Sentry: {
  init(options: {
    beforeSend: Hook<[event: object, hint: { originalException: unknown }], unknown>;
  }): void;
};
declare const datadogRum: {
  init(options: { beforeSend: Hook<[event: { type: string }, context: object], boolean> }): void;
};
declare const Bugsnag: {
  start(options: { onError: Hook<[event: { originalError: unknown }], boolean> }): void;
};
declare const Rollbar: {
  configure(options: { checkIgnore: Hook<[isUncaught: boolean, args: unknown[]], boolean> }): void;
};
