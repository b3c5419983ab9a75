/** Everything that a bench is given. */
export interface Ground {
  /** An empty folder, removed afterwards. */
  readonly dir: string;
  /** A few seconds instead of a minute: for CI's log. */
  readonly isShort: boolean;
  /** As long as the goal says, even if that is ten minutes. */
  readonly isLong: boolean;
}

/** Runs, and returns what it measured, or why it can't run here. Adding one means adding it to `benches` in run.ts. */
export type Bench = (ground: Ground) => Promise<Result | { readonly skipped: string }>;

export interface Result {
  readonly measures: readonly Measure[];
  /** One sentence: what would have to become faster for better numbers. */
  readonly boundedBy: string;
  /** Sentences about how it was measured that a reader needs to judge the numbers. */
  readonly notes?: readonly string[];
}

export interface Measure {
  readonly what: string;
  /** `ratio`: a / b, each pair taken one right after the other. */
  readonly unit: 'ratio' | 'events/s' | 'ms' | 's' | 'MB' | 'KB' | 'KB per event' | 'µs per event';
  /** One for each round. */
  readonly values: readonly number[];
  readonly wanted?: Wanted;
}

export type Wanted = { readonly atLeast: number } | { readonly atMost: number };

/** Divides a by b for each round: the ratio stays valid while the machine's speed drifts. */
export function ratios(what: string, a: readonly number[], b: readonly number[], wanted?: Wanted): Measure {
  const values = a.map((value, i) => value / (b[i] ?? Number.NaN));
  return { what, unit: 'ratio', values, ...(wanted ? { wanted } : {}) };
}

export const rates = (what: string, values: readonly number[]): Measure => ({
  what,
  unit: 'events/s',
  values,
});

export function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export const spreadOf = ({ values }: Pick<Measure, 'values'>): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** Whether the median reaches what is wanted; undefined where nothing is. */
export function isReached(measure: Measure): boolean | undefined {
  const { wanted } = measure;
  if (!wanted) return undefined;
  const value = median(measure.values);
  return 'atLeast' in wanted ? value >= wanted.atLeast : value <= wanted.atMost;
}

/** With as many digits as the spread deserves: 0.83, 12.5, 2,460. */
export function digits(value: number): string {
  const size = Math.abs(value);
  const places = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });
}

const unitText = (unit: Measure['unit']): string => (unit === 'ratio' ? '' : ` ${unit}`);

/** `0.83 (0.80–0.85)`, with the unit unless it is a ratio. */
export function spreadText(measure: Measure): string {
  const { median: middle, min, max } = spreadOf(measure);
  const range = measure.values.length > 1 ? ` (${digits(min)}–${digits(max)})` : '';
  return `${digits(middle)}${range}${unitText(measure.unit)}`;
}

/** `≥ 0.95`; empty where nothing is wanted. */
export function wantedText({ wanted, unit }: Measure): string {
  if (!wanted) return '';
  const value = 'atLeast' in wanted ? wanted.atLeast : wanted.atMost;
  const text = value.toLocaleString('en', { maximumFractionDigits: 2 });
  return `${'atLeast' in wanted ? '≥' : '≤'} ${text}${unitText(unit)}`;
}
