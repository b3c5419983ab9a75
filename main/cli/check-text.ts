import type { CheckResult, StepResult } from '../../shared/api/views/doctor-views.ts';
import { printable } from '../../shared/protocol/coding/plain-text.ts';

const marks: Readonly<Record<StepResult, string>> = { ok: '✓', failed: '✗', skipped: '–', running: '…' };

/** What tested nothing shows nothing. */
export const resultMarks: Readonly<Record<CheckResult, string>> = { ok: '✓', failed: '✗', not_tested: '–' };

interface Tested {
  readonly result: CheckResult;
  readonly steps: readonly {
    readonly step: string;
    readonly result: StepResult;
    readonly text: string;
    readonly fix: string | null;
  }[];
}

/** What was tested, and a line per step; below it what to do next, where something is to be done. */
export function checkText(name: string, { result, steps }: Tested): string {
  const width = Math.max(0, ...steps.map(({ step }) => step.length));
  const lines = steps.flatMap(({ step, result, text, fix }) => [
    `  ${marks[result]} ${step.padEnd(width)}  ${printable(text)}`.trimEnd(),
    ...(fix === null ? [] : [`    ${' '.repeat(width)}  → ${printable(fix)}`]),
  ]);
  return [`${resultMarks[result]} ${printable(name)}`, ...lines].join('\n');
}
