import type { CheckView, DoctorView } from '../../shared/api/doctor-views.ts';
import { type ExitCode, exitCodes } from '../start/exit-codes.ts';
import { count } from './text.ts';

interface Seen {
  readonly setUp: boolean;
  readonly self: DoctorView['self'];
  /** Of the peers that are allowed. */
  readonly checks: readonly Pick<CheckView, 'result'>[];
  readonly findings: readonly Pick<DoctorView['findings'][number], 'severity' | 'depends_on'>[];
}

export interface DoctorVerdict {
  readonly ok: boolean;
  readonly self: CheckView['result'];
  readonly sentence: string;
  readonly exitCode: ExitCode;
}

/** What the doctor says in the end: the marks above, the sentence and the exit code follow from the same facts. */
export function doctorVerdict({ setUp, self, checks, findings }: Seen): DoctorVerdict {
  const inResult = (wanted: CheckView['result']) => checks.filter(({ result }) => result === wanted).length;
  const [well, failed, untested] = [inResult('ok'), inResult('failed'), inResult('not_tested')];
  const selfResult = resultOf(self);
  const grave = findings.filter(({ severity }) => severity !== 'info');
  const causes = grave.filter(({ depends_on }) => depends_on.length === 0).length || grave.length;
  const ok = setUp && selfResult === 'ok' && failed === 0 && grave.length === 0;
  const notes = untested === 0 ? '' : ` ${count(untested, 'peer')} could not be tested.`;
  const needs = [
    ...(selfResult === 'ok' ? [] : ['this node']),
    ...(failed === 0 ? [] : [`${failed} of ${count(checks.length, 'peer')}`]),
    ...(grave.length === 0 ? [] : [count(causes, 'finding')]),
  ];
  const sentence = !setUp
    ? 'This node has no identity yet; “paracord-node setup NAME” gives it one.'
    : ok
      ? `All is well with this node${well === 0 ? '' : ` and ${count(well, 'peer')}`}.${checks.length === 0 ? ' There are no peers to check.' : notes}`
      : `Needs attention: ${needs.join(', ')}.${notes}`;
  return { ok, self: selfResult, sentence, exitCode: ok ? exitCodes.ok : exitCodes.findings };
}

function resultOf(self: DoctorView['self']): CheckView['result'] {
  if (self === null) return 'not_tested';
  if (self.steps.some(({ result }) => result === 'failed')) return 'failed';
  return self.steps.some(({ result }) => result === 'ok') ? 'ok' : 'not_tested';
}
