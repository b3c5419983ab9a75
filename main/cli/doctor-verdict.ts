import type { CheckView, DoctorView } from '../../shared/api/views/doctor-views.ts';
import type { Words } from '../../shared/words/words.ts';
import { type ExitCode, exitCodes } from '../start/failure.ts';

interface Seen {
  readonly setUp: boolean;
  readonly self: DoctorView['self'];
  /** The checks of allowed peers; the others aren't checked. */
  readonly checks: readonly Pick<CheckView, 'result'>[];
  readonly findings: readonly Pick<DoctorView['findings'][number], 'severity' | 'depends_on'>[];
}

interface DoctorVerdict {
  readonly ok: boolean;
  readonly self: CheckView['result'];
  readonly sentence: string;
  readonly exitCode: ExitCode;
}

/** The doctor's conclusion. The marks, the sentence and the exit code follow from the same facts. */
export function doctorVerdict({ setUp, self, checks, findings }: Seen, words: Words): DoctorVerdict {
  const texts = words.cli.doctor;
  const inResult = (wanted: CheckView['result']) => checks.filter(({ result }) => result === wanted).length;
  const [well, failed, untested] = [inResult('ok'), inResult('failed'), inResult('not_tested')];
  const selfResult = resultOf(self);
  const grave = findings.filter(({ severity }) => severity !== 'info');
  const causes = grave.filter(({ depends_on }) => depends_on.length === 0).length || grave.length;
  const ok = setUp && selfResult === 'ok' && failed === 0 && grave.length === 0;
  const sentences = (): string[] => {
    if (!setUp) return [texts.notSetUp];
    const notes = untested === 0 ? [] : [texts.untested({ count: untested })];
    if (ok && checks.length === 0) return [texts.fine, texts.noPeers];
    if (ok) return [well === 0 ? texts.fine : texts.fineWithPeers({ count: well }), ...notes];
    const needs = [
      ...(selfResult === 'ok' ? [] : [texts.thisNode]),
      ...(failed === 0 ? [] : [texts.failedPeers({ failed, total: checks.length })]),
      ...(grave.length === 0 ? [] : [texts.findings({ count: causes })]),
    ];
    return [texts.attention({ what: needs.join(', ') }), ...notes];
  };
  return {
    ok,
    self: selfResult,
    sentence: sentences().join(' '),
    exitCode: ok ? exitCodes.ok : exitCodes.findings,
  };
}

function resultOf(self: DoctorView['self']): CheckView['result'] {
  if (self === null) return 'not_tested';
  if (self.steps.some(({ result }) => result === 'failed')) return 'failed';
  return self.steps.some(({ result }) => result === 'ok') ? 'ok' : 'not_tested';
}
