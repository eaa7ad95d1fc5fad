// Turns bytes into an ASCII text, and that into bytes again in the page: most bytes are one character
// and the others two. Unlike base64 it keeps bytes whole, so gzip finds the same repetitions as in the
// bytes: the text compresses to the size of the original where base64 costs 30 % more. A byte has the same
// characters in every text, so that what two modules have in common is a repetition as well.

// What may stand in a double-quoted string of a script, even of one inlined in a page.
const alphabet = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
  (char) => !'"\\<'.includes(char),
);
// The first two announce a byte that has a second character.
const singles = alphabet.length - 2;

/**
 * The source of a module whose default export is a function that returns bytes, so many, from the text that
 * a variable of this name holds.
 */
export function moduleOf(name, size) {
  return `
    import { decode } from "virtual:everline-decode";
    export default () => decode(${name}, ${size});`;
}

/** The statement that gives the variable of this name the bytes as a text. */
export function textOf(name, bytes) {
  return `var ${name}=${JSON.stringify(encode(bytes))};`;
}

/** The source of the module that all of these share. */
export const decoder = `
    export function decode(text, size) {
      const bytes = new Uint8Array(size);
      let length = 0;
      let base = -2;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        const index = code - 32 - (code > 34) - (code > 60) - (code > 92);
        if (base < 0 && index < 2) base = ${singles} + ${alphabet.length} * index;
        else {
          bytes[length++] = base + index;
          base = -2;
        }
      }
      return bytes;
    }`;

function encode(bytes) {
  return Array.from(bytes, (byte) => {
    if (byte < singles) return alphabet[byte + 2];
    const rest = byte - singles;
    return alphabet[Math.floor(rest / alphabet.length)] + alphabet[rest % alphabet.length];
  }).join("");
}
