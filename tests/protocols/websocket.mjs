// Node 20 has no WebSocket of its own; the recipes take the platform's.

import ws from "ws";

globalThis.WebSocket ??= ws;
