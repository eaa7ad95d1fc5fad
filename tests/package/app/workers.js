import { server, tell } from "./here.js";

const dedicated = new Worker(new URL("./dedicated.js", import.meta.url), { type: "module" });
const shared = new SharedWorker(new URL("./shared.js", import.meta.url), { type: "module" });

function ask(worker) {
  worker.postMessage(server);
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
  });
}

Promise.all([ask(dedicated), ask(shared.port)]).then((outcomes) => tell(...outcomes));
