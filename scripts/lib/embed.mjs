// Turns bytes into an ASCII text, and that into bytes again in the page: most bytes are one character
// and the others two. Unlike base64 it keeps bytes whole, so gzip finds the same repetitions as in the
// bytes: the text compresses to the size of the original where base64 costs 30 % more. A byte has the same
// characters in every text, so that what two modules have in common is a repetition as well.

// What may stand in a double-quoted string of a script, even of one inlined in a page, in the order in which
// it is common in minified scripts.
const characters =
  "etsri,()n.oa=l h:uc{}fdp#m;gy?&b0vw>[]1!S|kEAT2MOR`3xj-+$N/'L5CU64Dq8BIW9PF*7_zJ^VGKHXQZY%~@";
// Two announce a byte that has a second character.
const singles = characters.length - 2;

/**
 * The characters for the bytes of these modules, of which the first two announce. What is common in the
 * bytes is what is common in scripts: a block of gzip that has the end of a script and the begin of a text
 * encodes both by the same statistics.
 */
export function alphabetFor(modules) {
  const counts = Array.from(characters, (_, index) => ({ index, count: 0 }));
  for (const byte of modules.flatMap((bytes) => [...bytes])) {
    for (const index of indexesOf(byte)) counts[index].count++;
  }
  counts.sort((one, other) => other.count - one.count);
  const alphabet = [];
  for (const [rank, { index }] of counts.entries()) alphabet[index] = characters[rank];
  return alphabet.join("");
}

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
export function textOf(name, bytes, alphabet) {
  const text = Array.from(bytes, (byte) =>
    indexesOf(byte)
      .map((index) => alphabet[index])
      .join(""),
  );
  return `var ${name}=${JSON.stringify(text.join(""))};`;
}

/** The source of the module that all of these share. */
export function decoder(alphabet) {
  return `
    export function decode(text, size) {
      const bytes = new Uint8Array(size);
      let length = 0;
      let base = -2;
      for (const char of text) {
        const index = ${JSON.stringify(alphabet)}.indexOf(char);
        if (base < 0 && index < 2) base = ${singles} + ${characters.length} * index;
        else {
          bytes[length++] = base + index;
          base = -2;
        }
      }
      return bytes;
    }`;
}

function indexesOf(byte) {
  if (byte < singles) return [byte + 2];
  const rest = byte - singles;
  return [Math.floor(rest / characters.length), rest % characters.length];
}
