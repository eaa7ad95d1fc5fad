// The web site of the tests: a blank page with the script-tag build, the package under /pkg/, and
// whatever pages a test adds.

import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onFreshAddress } from "./address.mjs";

const folders = {
  "/pkg/": fileURLToPath(new URL("../../../pkg/", import.meta.url)),
  "/harness/": fileURLToPath(new URL(".", import.meta.url)),
};

const types = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const blank = `<!doctype html>
<meta charset="utf-8">
<title>Everline</title>
<link rel="icon" href="data:,">
<script src="/pkg/everline.iife.js"></script>
<script type="module" src="/harness/page.mjs"></script>
`;

/** Starts one on an address of its own, or the given one: nothing that another one left is there. */
export async function startSite(address) {
  const make = (address) => new Site(address);
  if (address === undefined) return onFreshAddress(make);
  const site = make(address);
  await site.start();
  return site;
}

class Site {
  #answers = new Map([["/", { body: blank, headers: { "content-type": "text/html" } }]]);
  #address;
  #server = createServer((request, response) => this.#answer(request, response));

  constructor(address) {
    this.#address = address;
  }

  async start() {
    this.#server.listen(0, this.#address);
    await once(this.#server, "listening");
  }

  /** The address of the blank page, which has `Everline` and what page.mjs offers. */
  get url() {
    return `http://${this.#address}:${this.#server.address().port}/`;
  }

  /** Serves something else under a path, for instance a worker; gives its address. */
  add(path, body, headers = { "content-type": "text/html" }) {
    this.#answers.set(path, { body, headers });
    return new URL(path, this.url).href;
  }

  async close() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  #answer(request, response) {
    const { pathname } = new URL(request.url, this.url);
    const added = this.#answers.get(pathname);
    if (added) {
      response.writeHead(200, added.headers).end(added.body);
      return;
    }
    const file = fileFor(pathname);
    if (!file || !existsSync(file)) {
      response.writeHead(404).end(`no ${pathname}; is pkg/ built?`);
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] });
    createReadStream(file).pipe(response);
  }
}

function fileFor(pathname) {
  const prefix = Object.keys(folders).find((folder) => pathname.startsWith(folder));
  // URL parsing has removed every "..", so the path stays inside its folder.
  return prefix && join(folders[prefix], pathname.slice(prefix.length));
}
