// Turns bytes into a JavaScript module that decodes them again: an ASCII text in which every
// common byte is one character and every rare byte is two. Unlike base64 it keeps bytes whole, so
// gzip finds the same repetitions as in the bytes: the text compresses to the size of the original
// where base64 costs 30 % more.

// What may stand in a double-quoted string of a script, even of one inlined in a page.
const alphabet = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
  (char) => !'"\\<'.includes(char),
);
const singles = alphabet.length - 2;

/** The source of a module whose default export is a function that returns `bytes`. */
export function moduleOf(bytes) {
  const common = mostCommon(bytes).slice(0, singles);
  return `
    const common = ${JSON.stringify(common)};
    const text = ${JSON.stringify(encode(bytes, allBytes(common)))};
    export default () => {
      const order = (${allBytes})(common);
      const bytes = new Uint8Array(${bytes.length});
      let length = 0;
      let rare = -2;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        const index = code - 32 - (code > 34) - (code > 60) - (code > 92);
        if (rare < 0 && index < 2) rare = index;
        else {
          bytes[length++] = order[rare < 0 ? index - 2 : ${singles} + rare * ${alphabet.length} + index];
          rare = -2;
        }
      }
      return bytes;
    };`;
}

function encode(bytes, order) {
  const text = [];
  order.forEach((byte, rank) => {
    text[byte] =
      rank < singles
        ? alphabet[rank + 2]
        : alphabet[Math.floor((rank - singles) / alphabet.length)] +
          alphabet[(rank - singles) % alphabet.length];
  });
  return Array.from(bytes, (byte) => text[byte]).join("");
}

// Runs in the decoder as well, so that only the common bytes are listed there.
function allBytes(common) {
  const order = [...common];
  for (let byte = 0; byte < 256; byte++) if (!common.includes(byte)) order.push(byte);
  return order;
}

function mostCommon(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  return [...counts.keys()].sort((one, other) => counts[other] - counts[one]);
}
