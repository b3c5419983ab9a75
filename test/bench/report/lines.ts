import { escaped, palette, round } from './svg.ts';

export interface Line {
  readonly name: string;
  /** Positive numbers, ascending in x. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Its color: lines with the same number belong together. */
  readonly color: number;
  readonly isDashed?: boolean;
}

const width = 760;
const height = 380;
const left = 80;
const right = 210;
const top = 28;
const bottom = 40;

const colors = `
  .line { fill: none; stroke-width: 2; }
  .c0 { stroke: #0969da; } .c1 { stroke: #bc4c00; } .c2 { stroke: #1a7f37; }
  .d0 { fill: #0969da; } .d1 { fill: #bc4c00; } .d2 { fill: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    .c0 { stroke: #4493f8; } .c1 { stroke: #db6d28; } .c2 { stroke: #3fb950; }
    .d0 { fill: #4493f8; } .d1 { fill: #db6d28; } .d2 { fill: #3fb950; }
  }`;

/** Lines on logarithmic axes, so that a cost that grows in proportion is a straight line. Each is named at its end. */
export function linePlot(about: { readonly x: string; readonly y: string }, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points);
  const x = axis(
    points.map(([at]) => at),
    left,
    width - right,
  );
  const y = axis(
    points.map(([, at]) => at),
    height - bottom,
    top,
  );
  const ends = spread(lines.map(({ points }) => y.place(points.at(-1)?.[1] ?? 1)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<style>${palette}${colors}
</style>
<text class="quiet" x="0" y="14">${escaped(about.y)}</text>
<text class="quiet" x="${(left + width - right) / 2}" y="${height - 4}" text-anchor="middle">${escaped(about.x)}</text>
${x.ticks.map((tick) => `<line class="axis" x1="${x.place(tick)}" x2="${x.place(tick)}" y1="${top}" y2="${height - bottom}"/><text class="quiet" text-anchor="middle" x="${x.place(tick)}" y="${height - bottom + 17}">${tick.toLocaleString('en')}</text>`).join('\n')}
${y.ticks.map((tick) => `<line class="axis" x1="${left}" x2="${width - right}" y1="${y.place(tick)}" y2="${y.place(tick)}"/><text class="quiet" text-anchor="end" x="${left - 6}" y="${y.place(tick) + 4}">${tick.toLocaleString('en')}</text>`).join('\n')}
${lines.map((line, at) => drawn(line, x.place, y.place, ends[at] ?? 0)).join('\n')}
</svg>
`;
}

function drawn(
  { name, points, color, isDashed }: Line,
  x: (value: number) => number,
  y: (value: number) => number,
  end: number,
): string {
  const path = points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ');
  const dashes = isDashed ? ' stroke-dasharray="5 4"' : '';
  return [
    `<polyline class="line c${color}"${dashes} points="${path}"/>`,
    ...points.map(([at, value]) => `<circle class="d${color}" cx="${x(at)}" cy="${y(value)}" r="3"/>`),
    `<text x="${width - right + 12}" y="${end + 4}">${escaped(name)}</text>`,
  ].join('\n');
}

function axis(values: readonly number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const place = (value: number) => round(from + ((Math.log10(value) - low) / (high - low)) * (to - from));
  return { place, ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)) };
}

/** Moves names that would cover each other. */
function spread(wanted: readonly number[]): number[] {
  const gap = 16;
  const order = wanted.map((_, at) => at).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const placed = [...wanted];
  let above = Number.NEGATIVE_INFINITY;
  for (const at of order) {
    above = Math.max(wanted[at] ?? 0, above + gap);
    placed[at] = above;
  }
  return placed;
}
