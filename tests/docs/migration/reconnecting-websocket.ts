// As it is written for this package: the options, events, handlers and types that its README shows.
import ReconnectingWebSocket, {
  type CloseEvent,
  type ErrorEvent,
  type Message,
  type Options,
  type UrlProvider,
} from "reconnecting-websocket";

const urls =
  (url: string): UrlProvider =>
  async () =>
    url;

export function talk(url: string, WebSocket: unknown, words: string[]): Promise<string[]> {
  const options: Options = {
    WebSocket,
    maxReconnectionDelay: 1000,
    minReconnectionDelay: 100,
    reconnectionDelayGrowFactor: 1.3,
    minUptime: 5000,
    connectionTimeout: 4000,
    maxRetries: 20,
    maxEnqueuedMessages: 100,
    startClosed: false,
    debug: false,
  };
  const heard: string[] = [];
  const socket = new ReconnectingWebSocket(urls(url), ["v1"], options);
  socket.binaryType = "arraybuffer";
  for (const word of words) socket.send(word as Message);
  socket.onopen = () => {
    heard.push(`open ${socket.protocol} ${socket.readyState === ReconnectingWebSocket.OPEN}`);
    socket.send("from open");
  };
  socket.onerror = (event: ErrorEvent) => {
    heard.push(typeof event.message);
  };
  socket.addEventListener("message", ({ data }) => {
    heard.push(data);
  });
  socket.addEventListener("close", (event: CloseEvent) => {
    heard.push(`close ${event.code} ${socket.readyState === socket.CLOSED}`);
  });
  return new Promise((resolve) => {
    socket.addEventListener("message", (event: MessageEvent) => {
      if (event.data !== "again") return;
      socket.reconnect(4000, "again");
    });
    const end = (event: MessageEvent) => {
      if (event.data !== "bye") return;
      socket.removeEventListener("message", end);
      socket.addEventListener("close", () => {
        resolve([...heard, `${socket.retryCount} ${socket.bufferedAmount}`]);
      });
      socket.close(1000, "bye");
    };
    socket.addEventListener("message", end);
  });
}
