// Remembers for a while that HTTP was what worked, over page loads. Where nothing can be stored,
// nothing is remembered.

/** In ms. */
const LIFETIME = 30 * 60_000;

/** @param {string} url */
export function isRemembered(url) {
  try {
    // A clock that was wrong once may have written a time that is yet to come.
    return Math.abs(Date.now() - Number(localStorage.getItem(key(url)))) < LIFETIME;
  } catch {
    return false;
  }
}

/**
 * @param {string} url
 * @param {boolean} isHttp
 */
export function remember(url, isHttp) {
  try {
    if (isHttp) localStorage.setItem(key(url), `${Date.now()}`);
    else localStorage.removeItem(key(url));
  } catch {}
}

/** @param {string} url */
function key(url) {
  return `everline:http:${url}`;
}
