/** Text for people. Texts of peers go through `printable`, so that they can't move the cursor or recolor the screen. */

import type { Standing } from '../../shared/api/standing.ts';
import type { CheckResult, StepResult } from '../../shared/api/views/doctor-views.ts';
import { printable } from '../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../shared/words/words.ts';

/** A name, with a mark if there is a warning about it. `withNameWarnings` prints the warning below the table. */
export const marked = (name: string, { name_warning }: MaybeMisleading): string =>
  name_warning === undefined ? name : `${name} ⚠`;

/** The text, followed by one line for each different warning. */
export const withNameWarnings = (text: string, items: readonly MaybeMisleading[]): string =>
  [
    text,
    ...new Set(
      items.flatMap(({ name_warning }) =>
        name_warning === undefined ? [] : [`⚠ ${printable(name_warning)}`],
      ),
    ),
  ].join('\n');

interface MaybeMisleading {
  readonly name_warning?: string | undefined;
}

/** Columns under their headings, two spaces apart; `nothing` if there are no rows. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  nothing: string,
): string {
  if (rows.length === 0) return nothing;
  return columns([heads, ...rows]);
}

/** `name  value` lines, the values aligned. */
export const pairs = (rows: readonly (readonly [name: string, value: string])[]): string => columns(rows);

function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(cell));
  }
  const pad = (cell: string, at: number) => cell + ' '.repeat((widths[at] ?? 0) - width(cell));
  return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** Width in terminal columns, approximately. */
export const width = (text: string): number => {
  // Made late: the node loads this file, too, and `Intl` needs memory.
  graphemes ??= new Intl.Segmenter();
  return [...graphemes.segment(text)].length;
};
let graphemes: Intl.Segmenter | undefined;

/** `Mar 1, 2026, 2:05 PM`, in the reader's time zone; `–` for never. */
export function when({ locale }: Words, time: number | null): string {
  if (time === null) return '–';
  // Some locales put a narrow space before AM and PM, which not every terminal shows.
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
    .format(time)
    .replaceAll('\u202f', ' ');
}

export const number = ({ locale }: Words, value: number): string =>
  new Intl.NumberFormat(locale).format(value);

/** `12 kB`, `1.5 MB`. */
export function size({ locale }: Words, bytes: number): string {
  const [value, unit] = bytes < 1_000_000 ? [Math.ceil(bytes / 1000), 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}

/** `a, b and c` in the reader's language. */
export const list = ({ locale }: Words, items: readonly string[]): string =>
  new Intl.ListFormat(locale, { type: 'conjunction' }).format(items);

/** `–` for what has no standing. */
export const standingText = ({ standing }: Words, of: Standing | null): string =>
  of === null ? '–' : standing[of];

export const yesNo = ({ cli }: Words, value: boolean): string => (value ? cli.yes : cli.no);

const marks: Readonly<Record<StepResult, string>> = { ok: '✓', failed: '✗', skipped: '–', running: '…' };

/** A dash if nothing was tested. */
const resultMarks: Readonly<Record<CheckResult, string>> = { ok: '✓', failed: '✗', not_tested: '–' };

interface Tested {
  readonly result: CheckResult;
  readonly steps: readonly {
    readonly step: string;
    readonly result: StepResult;
    readonly text: string;
    readonly fix: string | null;
  }[];
}

/** Lists the tested steps, one a line, followed by what to do next, if anything. */
export function checkText(name: string, { result, steps }: Tested): string {
  const width = Math.max(0, ...steps.map(({ step }) => step.length));
  const lines = steps.flatMap(({ step, result, text, fix }) => [
    `  ${marks[result]} ${step.padEnd(width)}  ${printable(text)}`.trimEnd(),
    ...(fix === null ? [] : [`    ${' '.repeat(width)}  → ${printable(fix)}`]),
  ]);
  return [`${resultMarks[result]} ${printable(name)}`, ...lines].join('\n');
}
