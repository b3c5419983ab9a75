export function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

/** The median of the ratios of each round, which stays valid if the machine's speed drifts. */
export const ratio = (a: readonly number[], b: readonly number[]): string =>
  median(a.map((value, i) => value / (b[i] ?? Number.NaN))).toFixed(2);

export const perSecond = (rates: readonly number[]): string =>
  `${Math.round(median(rates)).toString().padStart(6)}/s  (${rates.map((rate) => Math.round(rate)).join(', ')})`;
