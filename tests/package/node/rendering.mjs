// As in server-side rendering: importing must work where no WebSocket exists, constructing may not.
delete globalThis.WebSocket;
const { ReconnectingWebSocket } = await import("everline");
await import("everline/wasm");
try {
  new ReconnectingWebSocket("ws://127.0.0.1/");
} catch (error) {
  console.log(error.name, error.message);
}
