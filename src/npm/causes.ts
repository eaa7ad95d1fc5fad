/** Why things happened. The core knows each by its place in the list. */

/** Why another attempt is needed, or messages go another way. */
export type Cause = (typeof CAUSES)[number];

export const CAUSES = [
  "handshake",
  "timeout",
  "provider",
  "close",
  "heartbeat",
  "page",
  "http",
  "remembered",
  "recovered",
] as const;

/** Why no further attempt follows. */
export type FailedCause = (typeof FAILURES)[number];

export const FAILURES = ["max-retries", "final-code", "should-reconnect", "invalid"] as const;

/** Why messages were dropped. */
export type DropCause = (typeof DROPS)[number];

export const DROPS = ["overflow", "expired", "rejected", "unconfirmed"] as const;
