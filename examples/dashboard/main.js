/** The dashboard: five lines to one server, and a panel for each that never waits for another. */

import { showCaptions } from "./captions.js";
import { showChat } from "./chat.js";
import { byId, setText } from "./dom.js";
import { showErrors } from "./errors.js";
import { showFaults } from "./faults.js";
import { note } from "./journal.js";
import { Line } from "./line.js";
import { showLogs } from "./logs.js";
import { address } from "./server.js";
import { COUNTER, showSession } from "./session.js";
import { addCard } from "./socket-card.js";
import { summarize } from "./summary.js";
import { showTelemetry } from "./telemetry.js";
import { drawRuler } from "./timeline.js";
import { showVideo } from "./video.js";

/** By this name the server knows the page's requests as those of one client. */
const client = `page-${Math.random().toString(36).slice(2)}`;

/** Whoever lets WebSockets through again wants to see the return. */
const SOON = 2000;

if (globalThis.Everline) start();
else setText(byId("summary"), "No package yet: npm run build, then reload");

function start() {
  showErrors();
  const chat = new Line("/ws", "Chat", tell, {
    fallback: {
      // A function: nothing is to be remembered for an address that no other page has.
      url: () => address("/ws", { client }),
      after: 2,
      batch: "ndjson",
      poll: 1000,
      idempotent: true,
      retryWebSocket: SOON,
    },
  });
  const video = new Line("/ws/video", "Video", tell);
  const pico = new Line("/ws/pico", "Telemetry", tell, {
    // A command that comes late is worse than one that never comes.
    messageTtl: 5000,
    // The hello of the open event goes first, then what waited.
    flush: "after-open",
  });
  const logs = new Line("/ws/logs", "Server log", tell);
  const session = new Line("/session", "Session", tell, {
    session: true,
    fallback: { retryWebSocket: SOON },
    parameters: COUNTER,
  });
  const lines = [chat, session, video, pico, logs];
  // Opened by the first word: nobody needs it before.
  const captions = new Line(
    "/ws/audio",
    "Captions",
    (line, kind, text) => note(kind, line.endpoint, text),
    {
      startClosed: true,
      fallback: {
        url: () => address("/api/translate", { client }),
        after: 2,
        poll: 1000,
        idempotent: true,
        retryWebSocket: SOON,
      },
    },
  );

  function tell(line, kind, text) {
    note(kind, line.endpoint, text);
    summarize(lines, kind);
  }

  drawRuler(byId("axis"));
  for (const line of lines) addCard(line, lines);
  showChat(chat);
  showSession(session);
  showVideo(video);
  showTelemetry(pico);
  showLogs(logs);
  showCaptions(captions);
  showFaults([chat, session, captions]);
}
