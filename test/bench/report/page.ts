import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isReached, type Measure, type Result, spreadText, wantedText } from './result.ts';
import { rangePlot } from './svg.ts';

/** The content of dist/bench/NAME.json. */
export interface Recorded extends Result {
  readonly name: string;
  readonly at: string;
  readonly seconds: number;
  readonly machine: {
    readonly cores: number;
    readonly cpu: string;
    readonly node: string;
    readonly commit: string;
  };
}

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
const marker = '<!-- `npm run bench` writes everything below this line. -->';

/**
 * Replaces the part of docs/performance.md below its marker, and the plots that it shows. `names`: every benchmark, in
 * the order of the page. A benchmark without a new result stays as it is there.
 */
export function writePage(results: readonly Recorded[], names: readonly string[]): void {
  const path = join(docs, 'performance.md');
  const [head = '', earlier = ''] = readFileSync(path, 'utf8').split(marker);
  mkdirSync(join(docs, 'performance'), { recursive: true });
  for (const { name, measures } of results)
    writeFileSync(join(docs, 'performance', `${name}.svg`), rangePlot(measures));
  writeFileSync(path, `${head}${marker}\n\n${pageText(results, names, earlier)}`);
}

/** `earlier`: the page as it was. */
export function pageText(results: readonly Recorded[], names: readonly string[], earlier = ''): string {
  const before = new Map(
    earlier.split(/^(?=## )/m).map((text) => [/^## (.*)/.exec(text)?.[1] ?? '', `${text.trimEnd()}\n`]),
  );
  const rowsBefore = [...(before.get(heading) ?? '').matchAll(/^\| .* \| \[(.*)\]\(#.*\) \|$/gm)];
  const parts = names.map((name) => {
    const result = results.find((one) => one.name === name);
    if (result !== undefined) return { rows: summaryRows(result), text: section(result) };
    return {
      rows: rowsBefore.filter(([, bench]) => bench === name).map(([line]) => line),
      text: before.get(name),
    };
  });
  const texts = parts.flatMap(({ text }) => text ?? []);
  return [summary(parts.flatMap(({ rows }) => rows)), ...texts].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** One for each measure with a goal. */
const summaryRows = ({ name, measures }: Recorded): string[] =>
  measures
    .filter(({ wanted }) => wanted)
    .map((measure) =>
      row([
        measure.what,
        wantedText(measure),
        spreadText(measure),
        isReached(measure) ? 'yes' : '**no**',
        `[${name}](#${name})`,
      ]),
    );

const heading = 'Wanted and measured';
const summary = (rows: readonly string[]): string => `## ${heading}

| what | wanted | measured: median (range of the rounds) | reached | bench |
|---|---|---|---|---|
${rows.join('\n')}
`;

function section({ name, measures, boundedBy, notes = [], at, seconds, machine }: Recorded): string {
  const cells = (measure: Measure) => row([measure.what, spreadText(measure), wantedText(measure)]);
  const rounds = Math.max(...measures.map(({ values }) => values.length));
  return `## ${name}

![${name}: the range of the rounds, the median, and what is wanted](performance/${name}.svg)

| what | measured | wanted |
|---|---|---|
${measures.map(cells).join('\n')}

${[`**Limited by:** ${boundedBy.replace(/\.?$/, '.')}`, ...notes].join('\n\n')}

${rounds} rounds in ${seconds} s on ${machine.cores} cores, ${at.slice(0, 10)}, commit ${machine.commit}.
`;
}
