// The content script in a world of its own. It fails as the page asks by an event, and adds scripts.

const deeds = {
  throw() {
    throw new Error("isolated throw");
  },
  reject() {
    Promise.reject(new Error("isolated reject"));
  },
  report() {
    reportError(new Error("isolated report"));
  },
  // The listener breaks off: whoever dispatched the event hears nothing of it.
  listen() {
    addEventListener("extension-listen", () => {
      throw new Error("isolated listener");
    });
    dispatchEvent(new Event("extension-listen"));
  },
  tag() {
    addScript({ src: chrome.runtime.getURL("tag.js") });
  },
  "tag with crossorigin"() {
    addScript({ src: chrome.runtime.getURL("tag.js"), crossOrigin: "anonymous" });
  },
  module() {
    addScript({ src: chrome.runtime.getURL("module.js"), type: "module" });
  },
  missing() {
    addScript({ src: chrome.runtime.getURL("missing.js") });
  },
  message() {
    chrome.runtime.sendMessage("die");
  },
};

document.addEventListener("isolated", ({ detail }) => setTimeout(deeds[detail]));

function addScript(properties) {
  document.documentElement.append(Object.assign(document.createElement("script"), properties));
}

// The page may want to speak with the extension.
document.addEventListener("DOMContentLoaded", () => {
  document.documentElement.dataset.extension = chrome.runtime.id;
});
