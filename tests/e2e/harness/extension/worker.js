// The background: it promises an answer and dies over it.

function dieOverIt() {
  setTimeout(() => chrome.runtime.reload());
  return true;
}

chrome.runtime.onMessage.addListener(dieOverIt);
chrome.runtime.onMessageExternal.addListener(dieOverIt);
