// Composes RESULTS.md and its plots from the kept results, without measuring anything.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMain } from "../scripts/lib/project.mjs";
import { main } from "../scripts/lib/step.mjs";
import { folder, load, results } from "./lib/results.mjs";
import { markdownTable } from "./lib/table.mjs";

/** The files of the report by their paths in benches/: a function of the results alone. */
export async function compose() {
  const sections = [];
  for (const result of results()) sections.push(sectionOf(await load(result.bench), result));
  const files = { "RESULTS.md": page(sections) };
  for (const { file, svg } of sections.flatMap(({ plots }) => plots)) files[`plots/${file}`] = svg;
  return files;
}

export async function writeReport() {
  mkdirSync(join(folder, "plots"), { recursive: true });
  for (const [path, content] of Object.entries(await compose())) {
    writeFileSync(join(folder, path), content);
  }
  console.log("\n✓ benches/RESULTS.md");
}

/** What a bench has to say about its result. */
export function sectionOf(bench, result) {
  const { aims = [], tables = [], text = "", plots = [] } = bench.report(result.data, result);
  const parts = [
    `## ${bench.title}`,
    bench.question,
    `\`${result.command}\``,
    ...plots.map(({ file, alt }) => `![${alt}](plots/${file})`),
    ...tables.map(({ caption, rows }) =>
      [caption, markdownTable(rows)].filter(Boolean).join("\n\n"),
    ),
    text.trim(),
  ];
  return { title: bench.title, aims, plots, result, text: parts.filter(Boolean).join("\n\n") };
}

/** A bench says `true` or `false`, or as `atMost` in lib/stats.mjs. */
const verdicts = { true: "met", false: "**missed**", missed: "**missed**" };

function page(sections) {
  const rows = sections.flatMap(({ title, aims }) =>
    aims.map(({ aim, figure, met }) => ({
      what: `[${title}](#${anchor(title)})`,
      aim,
      figure,
      "": verdicts[met] ?? met,
    })),
  );
  const parts = [
    "# Results",
    "Side by side with the peers: what `npm run bench` measured, and nothing else. `npm run bench -- NAME`\n" +
      "repeats one of the measurements, `node benches/report.mjs` composes this page from `benches/results/`.",
    rows.length > 0 ? markdownTable(rows) : "",
    "## How the figures are made",
    "The contestants of a bench take turns within one run: each round measures all of them, and each\n" +
      "time another one begins. A figure is the median of the rounds, with the quartiles behind it in parentheses\n" +
      "(and as whiskers in the plots); a ratio is the median of the ratios within each round. Where two numbers follow\n" +
      "it in brackets, the true median lies between them with 95 %: an aim within them is neither met nor missed by\n" +
      "more than chance, which the table calls *no difference*. The peers are the latest versions with their defaults,\n" +
      "all bundled and minified alike.",
    setting(sections),
    ...sections.map(({ text }) => text),
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

/** The machines and versions; usually they are the same for all. */
function setting(sections) {
  const groups = new Map();
  for (const { title, result } of sections) {
    const key = JSON.stringify([result.machine, result.versions]);
    groups.set(key, { ...result, titles: [...(groups.get(key)?.titles ?? []), title] });
  }
  return [...groups.values()]
    .map(({ machine, versions, titles }) => {
      const of = groups.size > 1 ? `${titles.join(", ")}: ` : "";
      const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
      return (
        `${of}${machine.cpu}, ${machine.cores} processors, ${machine.memory} of memory; ${machine.system}.\n` +
        `Versions: ${named.join(", ")}.`
      );
    })
    .join("\n\n");
}

/** As the usual renderers of Markdown name a heading. */
function anchor(title) {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, "")
    .replaceAll(" ", "-");
}

if (isMain(import.meta)) await main(writeReport);
