import { server, tell } from "./here.js";

// Bundlers know the call by these words.
navigator.serviceWorker.register(new URL("./service-worker.js", import.meta.url), {
  type: "module",
});
navigator.serviceWorker.ready.then(({ active }) => active.postMessage(server));
navigator.serviceWorker.onmessage = ({ data }) => tell(data);
