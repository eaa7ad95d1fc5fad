// Turns bytes into a JavaScript module that decodes them again: an ASCII text in which most bytes are
// one character and the others two. Unlike base64 it keeps bytes whole, so gzip finds the same
// repetitions as in the bytes: the text compresses to the size of the original where base64 costs
// 30 % more.

// What may stand in a double-quoted string of a script, even of one inlined in a page.
const alphabet = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
  (char) => !'"\\<'.includes(char),
);
// The first two announce a byte that has a second character.
const singles = alphabet.length - 2;

/** The source of a module whose default export is a function that returns `bytes`. */
export function moduleOf(bytes) {
  const first = mostCommonRange(bytes);
  return `
    import { decode } from "virtual:everline-decode";
    const text = ${JSON.stringify(encode(bytes, first))};
    export default () => decode(text, ${bytes.length}, ${first});`;
}

/** The source of the module that all of these share. */
export const decoder = `
    export function decode(text, size, first) {
      const bytes = new Uint8Array(size);
      let length = 0;
      let base = -2;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        const index = code - 32 - (code > 34) - (code > 60) - (code > 92);
        if (base < 0 && index < 2) base = ${singles} + ${alphabet.length} * index;
        else {
          bytes[length++] = first + base + index;
          base = -2;
        }
      }
      return bytes;
    }`;

/** Bytes are counted from `first`, and on from 0 after 255. */
function encode(bytes, first) {
  return Array.from(bytes, (byte) => {
    const place = (byte - first) & 255;
    if (place < singles) return alphabet[place + 2];
    const rest = place - singles;
    return alphabet[Math.floor(rest / alphabet.length)] + alphabet[rest % alphabet.length];
  }).join("");
}

/** Where the bytes begin that are one character: as many as possible. */
function mostCommonRange(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const within = (first) => counts.filter((_, byte) => ((byte - first) & 255) < singles);
  const total = (first) => within(first).reduce((sum, count) => sum + count, 0);
  return [...counts.keys()].reduce((best, first) => (total(first) > total(best) ? first : best));
}
