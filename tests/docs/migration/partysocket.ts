// As it is written for this package: the options, events, handlers and types that its README shows.
import ReconnectingWebSocket, {
  type CloseEvent,
  type ErrorEvent,
  type Message,
  type Options,
  type ProtocolsProvider,
  type UrlProvider,
} from "partysocket/ws";

const urls =
  (url: string): UrlProvider =>
  async () =>
    url;
const protocols: ProtocolsProvider = async () => ["v1"];

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
    debug: true,
    debugLogger: (...parts: unknown[]) => void parts,
    shouldReconnectOnClose: (event: CloseEvent) => event.code !== 4499,
  };
  const heard: string[] = [];
  const socket = new ReconnectingWebSocket(urls(url), protocols, options);
  socket.binaryType = "arraybuffer";
  const handed = words.map((word: Message) => socket.send(word));
  heard.push(`${handed} ${socket.shouldReconnect}`);
  socket.onopen = () => {
    heard.push(`open ${socket.protocol} ${socket.readyState === ReconnectingWebSocket.OPEN}`);
    socket.send("from open");
  };
  socket.onerror = (event: ErrorEvent) => {
    heard.push(typeof event.message);
  };
  socket.addEventListener("message", ({ data }) => heard.push(data), { passive: true });
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
        resolve([...heard, `${socket.retryCount} ${socket.drainQueuedMessages().length}`]);
      });
      socket.close(1000, "bye");
    };
    socket.addEventListener("message", end);
  });
}
