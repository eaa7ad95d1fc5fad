// The reference server with its fault routes, as the server's own tests start it.

import { start } from "../../server/server.mjs";

/** Starts it on a free port; see tests/server/server.mjs for what it offers. */
export function startServer(flags = []) {
  return start(["--faults", ...flags]);
}
