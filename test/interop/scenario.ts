import type { Ground } from './ground.ts';
import type { ReasonId } from './reasons.ts';

/** Something that a release of the existing server can't do. A scenario returns it when it has seen exactly that. */
export interface Cannot {
  readonly cannot: ReasonId;
}

export interface Scenario {
  /** One word or two with a hyphen: `npm run test:interop -- ID` runs it alone. */
  readonly id: string;
  /** The scenario's line in the table: what a user would expect to work. */
  readonly title: string;
  /** Returns what this release can't do; absent if everything is expected to work. */
  readonly cannot?: (release: string) => ReasonId | null;
  /** Returns nothing if it works, and throws if it doesn't. */
  readonly run: (ground: Ground) => Promise<Cannot | undefined>;
}

export interface Section {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

export type Verdict =
  | { readonly result: 'works' }
  | { readonly result: 'cannot'; readonly reason: ReasonId }
  | { readonly result: 'does not'; readonly problem: string };

export interface Finding {
  readonly id: string;
  readonly verdict: Verdict;
  /** Null if the verdict is the expected one. */
  readonly expected: string | null;
  readonly measured: readonly (readonly [name: string, value: string])[];
  readonly seconds: number;
}

/** Null if a verdict is the expected one; otherwise what was expected. */
export function unexpected(scenario: Scenario, release: string, verdict: Verdict): string | null {
  const reason = scenario.cannot?.(release) ?? null;
  if (verdict.result === 'does not') return reason ?? 'works';
  const found = verdict.result === 'cannot' ? verdict.reason : null;
  return found === reason ? null : (reason ?? 'works');
}
