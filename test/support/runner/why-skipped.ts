/** The end of a reason says what to install: `no fish (Debian: apt-get install fish)`. */
const advice = / \(Debian: apt-get install ([^)]+)\)$/;

/** One line that says why tests were skipped, the most frequent reason first, and what to install. */
export function whySkipped(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  const packages = new Set<string>();
  for (const reason of reasons) {
    const short = reason.replace(advice, '');
    counts.set(short, (counts.get(short) ?? 0) + 1);
    for (const name of advice.exec(reason)?.[1]?.split(' ') ?? []) packages.add(name);
  }
  const list = [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${reason} (${count})`);
  const install = packages.size > 0 ? `. Debian: apt-get install ${[...packages].sort().join(' ')}` : '';
  return `Skipped: ${list.join(', ')}${install}`;
}
