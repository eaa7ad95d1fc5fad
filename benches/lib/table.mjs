// Tables and numbers as RESULTS.md has them.

/** Rows (objects whose keys are the headings) as a Markdown table; numbers go to the right. */
export function markdownTable(rows) {
  const headings = [...new Set(rows.flatMap(Object.keys))];
  const isNumber = (heading) => rows.every((row) => /^[-−<~]?[\d.]/.test(row[heading] ?? "0"));
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(headings),
    line(headings.map((heading) => (isNumber(heading) ? "--:" : "---"))),
    ...rows.map((row) => line(headings.map((heading) => escaped(row[heading] ?? "")))),
  ].join("\n");
}

/** A number with three digits that say something, and thousands apart: `0.0123`, `4.56`, `12,300`. */
export function number(value) {
  if (!Number.isFinite(value)) return "–";
  const rounded = Number(value.toPrecision(3));
  if (Math.abs(rounded) >= 100) return Math.round(rounded).toLocaleString("en");
  const digits = rounded === 0 ? 0 : 2 - Math.floor(Math.log10(Math.abs(rounded)));
  return rounded.toFixed(Number.isInteger(rounded) ? 0 : Math.max(0, digits));
}

/** All digits of a whole number, thousands apart. */
export function whole(value) {
  return Math.round(value).toLocaleString("en");
}

/** The median with its quartiles: `4.56 (4.41–4.80)`. */
export function spread({ median, q1, q3 }) {
  return `${number(median)} (${number(q1)}–${number(q3)})`;
}

/** The median, and between which values chance leaves it: `1.02 [0.98, 1.05]`. */
export function likely({ median, low, high }) {
  return `${number(median)} [${number(low)}, ${number(high)}]`;
}

function escaped(cell) {
  return String(cell).replaceAll("|", "\\|");
}
