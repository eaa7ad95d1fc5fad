// The content script in the page's world. It wraps what pages use, and fails as the page asks.

const { fetch: realFetch, WebSocket: RealWebSocket } = globalThis;

globalThis.fetch = function extensionFetch(...args) {
  return realFetch.apply(this, args);
};

globalThis.WebSocket = class ExtensionWebSocket extends RealWebSocket {};

const deeds = {
  throw() {
    throw new Error("main throw");
  },
  reject() {
    Promise.reject(new Error("main reject"));
  },
  async async() {
    await undefined;
    throw new TypeError("main async");
  },
  "throw a text"() {
    throw "main text";
  },
  "throw null"() {
    throw null;
  },
  "reject a text"() {
    Promise.reject("main reject text");
  },
  "reject an object"() {
    Promise.reject({ code: 4001, message: "main reject object" });
  },
  eval() {
    // biome-ignore lint/security/noGlobalEval: extensions do it.
    eval("throw new Error('main eval')");
  },
  inline() {
    const script = document.createElement("script");
    script.textContent = "throw new Error('main inline')";
    document.documentElement.append(script);
  },
  "no receiver"() {
    chrome.runtime.sendMessage("abcdefghijklmnopabcdefghijklmnop", "hello");
  },
  "no answer"() {
    chrome.runtime.sendMessage(document.documentElement.dataset.extension, "die");
  },
  "call the page"() {
    globalThis.appCallback();
  },
};

document.addEventListener("main", ({ detail }) => setTimeout(deeds[detail]));
