/** Bytes as text, for servers that want audio inside of JSON (RFC 4648 section 4). */

/** How many bytes become arguments of one call. */
const MOST = 0x2000;

export function toBase64(bytes: ArrayBuffer): string {
  let binary = "";
  for (let at = 0; at < bytes.byteLength; at += MOST) {
    binary += String.fromCharCode(...new Uint8Array(bytes.slice(at, at + MOST)));
  }
  return btoa(binary);
}
