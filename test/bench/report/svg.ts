import { digits, type Measure, spreadOf } from './result.ts';

const width = 760;
const labelWidth = 330;
const valueWidth = 90;
const rowHeight = 26;
const headHeight = 30;

/** Styles of all plots. Colors follow the reader's scheme. */
export const palette = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .quiet { fill: #59636e; }
  .axis { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .axis { stroke: #3d444d; }
  }`;

const style = `${palette}
  .range { fill: #0969da; opacity: 0.35; }
  .median { fill: #0969da; }
  .wanted { stroke: #bc4c00; stroke-width: 2; }
  .wanted-text { fill: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    .range, .median { fill: #4493f8; }
    .wanted { stroke: #db6d28; }
    .wanted-text { fill: #db6d28; }
  }`;

/**
 * One row for each measure: the range of its rounds as a bar, the median as a dot, what is wanted as a line. Measures of
 * one unit share an axis that starts at 0. The page's background shows through, and the colors follow the reader's scheme.
 */
export function rangePlot(measures: readonly Measure[]): string {
  const units = [...new Set(measures.map(({ unit }) => unit))];
  const panels: string[] = [];
  let y = 4;
  for (const unit of units) {
    const rows = measures.filter((measure) => measure.unit === unit);
    panels.push(panel(unit, rows, y));
    y += headHeight + rows.length * rowHeight + 14;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img">
<style>${style}
</style>
${panels.join('\n')}
</svg>
`;
}

function panel(unit: Measure['unit'], rows: readonly Measure[], top: number): string {
  const wantedOf = ({ wanted }: Measure) =>
    wanted === undefined ? undefined : 'atLeast' in wanted ? wanted.atLeast : wanted.atMost;
  const largest = Math.max(...rows.flatMap((row) => [spreadOf(row).max, wantedOf(row) ?? 0]));
  const step = niceStep(largest / 4);
  const end = Math.ceil(largest / step) * step;
  const x = (value: number) => round(labelWidth + (value / end) * (width - labelWidth - valueWidth));
  const bottom = top + headHeight + rows.length * rowHeight;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return [
    `<text class="quiet" x="0" y="${top + 16}">${unit === 'ratio' ? 'ratio' : escaped(unit)}</text>`,
    ...ticks.flatMap((tick) => [
      `<line class="axis" x1="${x(tick)}" x2="${x(tick)}" y1="${top + headHeight - 8}" y2="${bottom}"/>`,
      `<text class="quiet" text-anchor="middle" x="${x(tick)}" y="${top + 16}">${Number(tick.toPrecision(3)).toLocaleString('en')}</text>`,
    ]),
    ...rows.flatMap((row, i) => {
      const { median, min, max } = spreadOf(row);
      const middle = top + headHeight + i * rowHeight + rowHeight / 2;
      const wanted = wantedOf(row);
      const atLeast = row.wanted !== undefined && 'atLeast' in row.wanted;
      return [
        `<text x="0" y="${middle + 4}">${escaped(row.what)}</text>`,
        `<rect class="range" x="${x(min)}" y="${middle - 5}" width="${Math.max(2, round(x(max) - x(min)))}" height="10" rx="3"/>`,
        ...(wanted === undefined
          ? []
          : [
              `<line class="wanted" x1="${x(wanted)}" x2="${x(wanted)}" y1="${middle - 10}" y2="${middle + 10}"/>`,
              `<text class="wanted-text" x="${x(wanted) + (atLeast ? 3 : -3)}" y="${middle + 5}" text-anchor="${atLeast ? 'start' : 'end'}">${atLeast ? '→' : '←'}</text>`,
            ]),
        `<circle class="median" cx="${x(median)}" cy="${middle}" r="5"/>`,
        `<text text-anchor="end" x="${width}" y="${middle + 4}">${digits(median)}</text>`,
      ];
    }),
  ].join('\n');
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return ([1, 2, 5, 10].find((factor) => factor * power >= atLeast) ?? 10) * power;
}

export const round = (value: number): number => Math.round(value * 10) / 10;

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
