// Plots as SVG: bars and lines, with named axes, readable on a light and on a dark page.

import { number } from "./table.mjs";

const WIDTH = 720;
const LINE_HEIGHT = 22;

// Everline stands out; the raw WebSocket is the measure, and the others are told apart.
const colours = [
  { light: "#0b63ce", dark: "#6cb0ff" },
  { light: "#3f4650", dark: "#d5dbe3" },
  { light: "#b4540a", dark: "#f3a35c" },
  { light: "#2d7d46", dark: "#7fd197" },
  { light: "#8a3fa0", dark: "#d59ae6" },
  { light: "#a8324a", dark: "#f08ca0" },
  { light: "#867a1f", dark: "#d9cd6a" },
  { light: "#4f7f86", dark: "#8fc7cf" },
];
const first = ["Everline", "WebSocket"];

/**
 * Horizontal bars in groups, of values with quartiles if they have any:
 * `groups: [{ name, bars: [{ name, median, q1, q3 }] }]`; `unit` names the axis. Equal names have equal
 * colours.
 */
export function bars({ title, unit, groups }) {
  const all = groups.flatMap(({ bars }) => bars);
  const paint = painter(all.map(({ name }) => name));
  const left = 28 + 7.2 * Math.max(...all.map(({ name }) => name.length));
  const right = WIDTH - 76;
  const most = Math.max(...all.map(({ median, q3 }) => q3 ?? median));
  const { ticks, place } = axis({ least: 0, most, from: left, to: right });
  const parts = [];
  let y = 52;
  for (const { name, bars } of groups) {
    if (groups.length > 1) {
      parts.push(text(left, y + 14, name, "group"));
      y += LINE_HEIGHT;
    }
    for (const bar of bars) {
      parts.push(oneBar(bar, { y, left, place, paint }));
      y += LINE_HEIGHT;
    }
    y += 10;
  }
  const grid = ticks.map(
    (tick) => verticalLine(place(tick), 46, y) + tickBelow(place(tick), y, tick),
  );
  return svg(title, y + 52, [...grid, ...parts, text((left + right) / 2, y + 40, unit, "middle")]);
}

/**
 * Lines over an axis: `series: [{ name, points: [[x, y], …] }]`; `x` and `y` are `{ label, log }`, where
 * the label has the unit. A logarithmic axis leaves out what is not above zero.
 */
export function lines({ title, x, y, series }) {
  const shown = series.map(({ name, points }) => ({
    name,
    points: points.filter((point) => (!x.log || point[0] > 0) && (!y.log || point[1] > 0)),
  }));
  const paint = painter(shown.map(({ name }) => name));
  const legend = legendOf(shown, paint);
  const [left, right, top] = [84, WIDTH - 24, 52 + legend.height];
  const bottom = top + 300;
  const xs = shown.flatMap(({ points }) => points.map(([at]) => at));
  const ys = shown.flatMap(({ points }) => points.map(([, value]) => value));
  const across = axis({ ...extent(xs, x.log), from: left, to: right, log: x.log });
  const up = axis({ ...extent(ys, y.log), from: bottom, to: top, log: y.log });
  const parts = [
    ...plane({ x, y, across, up, left, right, top, bottom }),
    ...shown.map(({ name, points }) => {
      const path = points.map(([at, value]) => `${across.place(at)},${up.place(value)}`).join(" ");
      return `<polyline class="line ${paint(name)}" points="${path}"/>`;
    }),
    legend.svg,
  ];
  return svg(title, bottom + 52, parts);
}

/** Points with their names in a plane: `dots: [{ name, at: [x, y] }]`; the axes are as those of `lines`. */
export function dots({ title, x, y, dots }) {
  const paint = painter(dots.map(({ name }) => name));
  const [left, right, top, bottom] = [84, WIDTH - 24, 52, 412];
  const across = axis({ ...extent(valuesOf(dots, 0), x.log), from: left, to: right, log: x.log });
  const up = axis({ ...extent(valuesOf(dots, 1), y.log), from: bottom, to: top, log: y.log });
  const taken = [];
  const parts = dots.map(({ name, at }) => {
    const [dotX, dotY] = [across.place(at[0]), up.place(at[1])];
    const isLeft = dotX > (left + right) / 2;
    // Names of dots that lie close together go below each other.
    let nameY = dotY + 4;
    while (taken.some((it) => it.isLeft === isLeft && Math.abs(it.nameY - nameY) < 14)) nameY += 14;
    taken.push({ isLeft, nameY });
    return (
      `<circle class="bar ${paint(name)}" cx="${dotX}" cy="${dotY}" r="5"/>` +
      text(dotX + (isLeft ? -10 : 10), nameY, name, isLeft ? "end" : "start")
    );
  });
  return svg(title, bottom + 52, [
    ...plane({ x, y, across, up, left, right, top, bottom }),
    ...parts,
  ]);
}

/** The lines behind a plane, and what its axes say. */
function plane({ x, y, across, up, left, right, top, bottom }) {
  const [centre, middle] = [(left + right) / 2, (top + bottom) / 2];
  return [
    ...across.ticks.map(
      (tick) =>
        verticalLine(across.place(tick), top, bottom) + tickBelow(across.place(tick), bottom, tick),
    ),
    ...up.ticks.map(
      (tick) =>
        `<line class="grid" x1="${left}" x2="${right}" y1="${up.place(tick)}" y2="${up.place(tick)}"/>` +
        text(left - 8, up.place(tick) + 4, tickName(tick), "end"),
    ),
    text(centre, bottom + 40, x.label, "middle"),
    `<g transform="rotate(-90 18 ${middle})">${text(18, middle, y.label, "middle")}</g>`,
  ];
}

function valuesOf(dots, place) {
  return dots.map(({ at }) => at[place]);
}

function oneBar({ name, median, q1, q3 }, { y, left, place, paint }) {
  const middle = y + 9;
  const end = place(median);
  const whisker =
    q1 === undefined
      ? ""
      : `<path class="whisker" d="M${place(q1)} ${middle}H${place(q3)}M${place(q1)} ${middle - 4}v8M${place(q3)} ${middle - 4}v8"/>`;
  const width = round(end - left);
  return (
    text(left - 8, middle + 4, name, "end") +
    `<rect class="bar ${paint(name)}" x="${left}" y="${y + 1}" width="${width}" height="16"/>` +
    whisker +
    text(Math.max(end, q3 === undefined ? 0 : place(q3)) + 6, middle + 4, number(median), "value")
  );
}

function legendOf(series, paint) {
  let [x, y] = [84, 50];
  const parts = series.map(({ name }) => {
    const width = 34 + 7 * name.length;
    if (x + width > WIDTH) [x, y] = [84, y + LINE_HEIGHT];
    const part =
      `<line class="line ${paint(name)}" x1="${x}" x2="${x + 18}" y1="${y - 4}" y2="${y - 4}"/>` +
      text(x + 24, y, name, "start");
    x += width + 8;
    return part;
  });
  return { svg: parts.join(""), height: y - 50 + 16 };
}

/** The class of each name's colour: what comes first is always the same. */
function painter(names) {
  const known = new Set([...first, ...names]);
  const order = [...known];
  return (name) => `c${order.indexOf(name) % colours.length}`;
}

function extent(values, log) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return log ? { least, most } : { least: Math.min(0, least), most };
}

/** Ticks at round numbers, and where a value is between `from` and `to`. */
function axis({ least, most, from, to, log = false }) {
  const scale = log ? Math.log10 : (value) => value;
  const ticks = log ? powers(least, most) : steps(least, most);
  const [low, high] = [Math.min(least, ticks[0]), Math.max(most, ticks.at(-1))].map(scale);
  const span = high - low || 1;
  return { ticks, place: (value) => round(from + ((scale(value) - low) / span) * (to - from)) };
}

function steps(least, most) {
  const rough = (most - least || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  const from = Math.floor(least / step);
  const count = Math.ceil(most / step) - from;
  return Array.from({ length: count + 1 }, (_, at) => (from + at) * step);
}

function powers(least, most) {
  const from = Math.floor(Math.log10(least));
  const count = Math.max(1, Math.ceil(Math.log10(most)) - from);
  return Array.from({ length: count + 1 }, (_, at) => 10 ** (from + at));
}

function tickName(tick) {
  for (const [size, letter] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ]) {
    if (Math.abs(tick) >= size) return `${Number((tick / size).toPrecision(6))}${letter}`;
  }
  return String(Number(tick.toPrecision(6)));
}

function tickBelow(x, y, tick) {
  return text(x, y + 18, tickName(tick), "middle");
}

function verticalLine(x, top, bottom) {
  return `<line class="grid" x1="${x}" x2="${x}" y1="${round(top)}" y2="${round(bottom)}"/>`;
}

function text(x, y, content, kind) {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escaped(content)}</text>`;
}

function svg(title, height, parts) {
  const colour = (shade) => colours.map((each, at) => `.c${at}{--c:${each[shade]}}`).join("");
  const style = [
    ":root{--text:#24292f;--grid:#d8dee4;--page:#ffffff}",
    colour("light"),
    "@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--grid:#3d444d;--page:#0d1117}",
    colour("dark"),
    "}",
    "text{font:13px system-ui,sans-serif;fill:var(--text)}.title{font-size:15px;font-weight:600}",
    ".group{font-weight:600}.middle{text-anchor:middle}.end{text-anchor:end}",
    ".page{fill:var(--page)}.grid{stroke:var(--grid)}.bar{fill:var(--c)}",
    ".line{stroke:var(--c);stroke-width:2;fill:none;stroke-linejoin:round}",
    ".whisker{stroke:var(--text);fill:none;paint-order:stroke}",
  ].join("");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${style}</style>`,
    `<rect class="page" width="100%" height="100%" rx="6"/>`,
    text(16, 28, title, "title"),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function escaped(content) {
  return String(content).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
