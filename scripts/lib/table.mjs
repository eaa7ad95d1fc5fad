/** Prints rows as a table: the keys of the first are the headings, numbers go to the right. */
export function printTable(rows) {
  const headings = Object.keys(rows[0]);
  const cells = [headings, ...rows.map((row) => headings.map((heading) => row[heading]))];
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => String(row[column]).length)),
  );
  const isNumber = headings.map((heading) => typeof rows[0][heading] === "number");
  console.log();
  for (const row of cells) {
    const padded = row.map((cell, column) =>
      isNumber[column]
        ? String(cell).padStart(widths[column])
        : String(cell).padEnd(widths[column]),
    );
    console.log(`  ${padded.join("   ").trimEnd()}`);
  }
  console.log();
}
