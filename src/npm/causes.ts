/** Why things happened. The core knows each by its place in the list. */

/** Why another attempt is needed. */
export type Cause = (typeof CAUSES)[number];

export const CAUSES = ["handshake", "timeout", "provider", "close", "heartbeat", "page"] as const;

/** Why no further attempt follows. */
export type FailedCause = (typeof FAILURES)[number];

export const FAILURES = ["max-retries", "final-code", "should-reconnect", "invalid"] as const;

/** Why waiting messages were dropped. */
export type DropCause = (typeof DROPS)[number];

export const DROPS = ["overflow", "expired"] as const;
