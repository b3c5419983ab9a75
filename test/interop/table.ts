import { erasSection } from './eras.ts';
import { type ReasonId, reasons } from './reasons.ts';
import type { Finding, Section } from './scenario.ts';

/** One binary and its results, by scenario. */
export interface Run {
  readonly release: string;
  readonly build: string;
  /** The date as YYYY-MM-DD. */
  readonly date: string;
  readonly findings: readonly Finding[];
}

/** The document that says what works with the existing server, from what was measured. */
export function interopDocument(sections: readonly Section[], runs: readonly Run[]): string {
  const notes = new Notes();
  const tables = sections.map((section) => table(section, runs, notes));
  return [
    '# With the existing Paracord server',
    'What `npm run test:interop` measured between Paracord Node and binaries of the existing server',
    '([Scdouglas1999/Paracord](https://github.com/Scdouglas1999/Paracord)), each built as its users get it, with SQLite.',
    'This file is written by that command; do not edit it.\n',
    builds(runs),
    '**Works**: we saw it work. **Cannot**: the existing server has no way to do it, and the note says why. **Does not**:',
    'it should work, but didn’t.\n',
    'Its users can’t ask to join a room of yours, so your invite lets them in. In the scenarios with a room of yours,',
    'the invited user registers there after the room’s first message, and so is in its mirror of the room.\n',
    ...tables,
    erasSection(),
    notes.text(runs),
    measurements(sections, runs),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const head = (...cells: readonly string[]): string[] => [row(...cells), row(...cells.map(() => '---'))];
const column = (run: Run): string => `${run.release} ${run.build}`;

function builds(runs: readonly Run[]): string {
  const lines = runs.map((run) => row(run.release, run.build, unknownPath(run.build), run.date));
  return [...head('release', 'build', 'unknown paths answer', 'measured'), ...lines, ''].join('\n');
}

const unknownPath = (build: string): string => (build === 'with UI' ? '200 `text/html`' : '404');

function table(section: Section, runs: readonly Run[], notes: Notes): string {
  const rows = section.scenarios.map((scenario) =>
    row(scenario.title, ...runs.map((run) => cell(find(run, scenario.id), notes))),
  );
  return [`## ${section.title}\n`, ...head('', ...runs.map(column)), ...rows, ''].join('\n');
}

const find = (run: Run, id: string): Finding | undefined => run.findings.find((each) => each.id === id);

function cell(finding: Finding | undefined, notes: Notes): string {
  if (!finding) return 'not run';
  const { verdict } = finding;
  if (verdict.result === 'works') return 'works';
  if (verdict.result === 'cannot') return `cannot [${notes.reason(verdict.reason)}]`;
  return `**does not** [${notes.problem(verdict.problem)}]`;
}

/** Why something doesn't work: each reason once, numbered in order. */
class Notes {
  readonly #keys: string[] = [];

  reason(id: ReasonId): number {
    return this.#number(`reason ${id}`);
  }

  problem(text: string): number {
    return this.#number(`problem ${text}`);
  }

  #number(key: string): number {
    if (!this.#keys.includes(key)) this.#keys.push(key);
    return this.#keys.indexOf(key) + 1;
  }

  text(runs: readonly Run[]): string {
    if (this.#keys.length === 0) return '';
    const lines = this.#keys.map((key, at) => `${at + 1}. ${this.#line(key, runs)}`);
    return ['## Why not\n', ...lines, ''].join('\n');
  }

  #line(key: string, runs: readonly Run[]): string {
    const [kind, ...words] = key.split(' ');
    const text = words.join(' ');
    if (kind === 'problem') return oneLine(text);
    const reason = reasons[text as ReasonId];
    const where: Readonly<Record<string, string>> = reason.where;
    const releases = [...new Set(runs.map((run) => run.release))];
    const places = releases.flatMap((release) =>
      where[release] ? [`${release}: \`${where[release]}\``] : [],
    );
    return `${reason.text}${places.length > 0 ? ` (${places.join('; ')})` : ''}`;
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');

function measurements(sections: readonly Section[], runs: readonly Run[]): string {
  const lines = sections
    .flatMap((section) => section.scenarios)
    .flatMap((scenario) => {
      const names = new Set(
        runs.flatMap((run) => (find(run, scenario.id)?.measured ?? []).map(([name]) => name)),
      );
      return [...names].map((name) =>
        row(
          scenario.title,
          name,
          ...runs.map((run) => find(run, scenario.id)?.measured.find(([each]) => each === name)?.[1] ?? ''),
        ),
      );
    })
    .map(oneTableLine);
  if (lines.length === 0) return '';
  return ['## Measured\n', ...head('', '', ...runs.map(column)), ...lines, ''].join('\n');
}

const oneTableLine = (line: string): string => line.replaceAll(/\s+/g, ' ');
