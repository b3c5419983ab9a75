import type { Ground } from './ground.ts';
import type { ReasonId } from './reasons.ts';

/** What the existing server cannot do as shipped; a scenario gives it when it has seen exactly that. */
export interface Cannot {
  readonly cannot: ReasonId;
}

export interface Scenario {
  /** One word or two with a hyphen: `npm run test:interop -- ID` runs it alone. */
  readonly id: string;
  /** Its line in the table: what a user would expect to work. */
  readonly title: string;
  /** What this release cannot do; absent where everything is expected to work. */
  readonly cannot?: (release: string) => ReasonId | null;
  /** Gives nothing where it works, and throws where it does not. */
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
  /** Null where the verdict is the expected one. */
  readonly expected: string | null;
  readonly measured: readonly (readonly [name: string, value: string])[];
  readonly seconds: number;
}

/** Whether a verdict is what the table of scenarios says it should be; else what that is. */
export function unexpected(scenario: Scenario, release: string, verdict: Verdict): string | null {
  const reason = scenario.cannot?.(release) ?? null;
  if (verdict.result === 'does not') return reason ?? 'works';
  const found = verdict.result === 'cannot' ? verdict.reason : null;
  return found === reason ? null : (reason ?? 'works');
}
