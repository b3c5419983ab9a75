/** Text for people. What peers wrote passes `printable`, so that it cannot move the cursor or recolour the screen. */

/** Control and bidirectional characters become visible; line breaks become `⏎`. */
export function printable(text: string): string {
  return text.replace(/\r?\n/g, ' ⏎ ').replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '�');
}

/** Columns under their heads, two spaces apart; `nothing` when there is no row. */
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

const graphemes = new Intl.Segmenter();
const width = (text: string): number => [...graphemes.segment(text)].length;

/** `2026-03-01 14:05`, where the reader is; `–` for never. */
export function when(time: number | null): string {
  if (time === null) return '–';
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** `1 peer`, `2 peers`. */
export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;
