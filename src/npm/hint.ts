/**
 * Remembers for a while that HTTP was what worked, over page loads. Where nothing can be stored,
 * nothing is remembered.
 */

/** In ms. */
const LIFETIME = 30 * 60_000;

export function isRemembered(url: string): boolean {
  try {
    // A clock that was wrong once may have written a time that is yet to come.
    return Math.abs(Date.now() - Number(localStorage.getItem(key(url)))) < LIFETIME;
  } catch {
    return false;
  }
}

export function remember(url: string, isHttp: boolean): void {
  try {
    if (isHttp) localStorage.setItem(key(url), `${Date.now()}`);
    else localStorage.removeItem(key(url));
  } catch {}
}

function key(url: string): string {
  return `everline:http:${url}`;
}
