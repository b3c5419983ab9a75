import type { CheckStep, CheckView } from '../../../shared/api/views.ts';
import { printable } from './text.ts';

const marks: Readonly<Record<CheckStep['result'], string>> = { ok: '✓', failed: '✗', skipped: '–' };

/** The peer's name and a line per step. */
export function checkText({ server_name, ok, steps }: CheckView): string {
  const width = Math.max(0, ...steps.map(({ step }) => step.length));
  const lines = steps.map(({ step, result, text }) =>
    `  ${marks[result]} ${step.padEnd(width)}  ${printable(text)}`.trimEnd(),
  );
  return [`${marks[ok ? 'ok' : 'failed']} ${printable(server_name)}`, ...lines].join('\n');
}
