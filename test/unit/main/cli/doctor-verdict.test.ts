import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doctorVerdict } from '../../../../main/cli/doctor-verdict.ts';
import type { CheckResult, DoctorView, Finding } from '../../../../shared/api/views/doctor-views.ts';
import { wordsIn } from '../../../../shared/words/words.ts';

const words = wordsIn('en');
const self = (...results: ('ok' | 'failed' | 'skipped')[]): DoctorView['self'] => ({
  at: 1,
  running: false,
  steps: results.map((result) => ({ step: 'identity', result, text: '', fix: null })),
});
const selves = {
  well: self('ok', 'skipped'),
  broken: self('ok', 'failed'),
  none: null,
  idle: self('skipped'),
};
const peers: Readonly<Record<string, CheckResult[]>> = {
  none: [],
  well: ['ok', 'ok'],
  failing: ['ok', 'failed'],
  untested: ['not_tested'],
  all: ['ok', 'failed', 'not_tested'],
};
const finding = (severity: Finding['severity'], depends_on: Finding['depends_on'] = []) => ({
  severity,
  depends_on,
});
const found = {
  nothing: [],
  notes: [finding('info')],
  warned: [finding('warning'), finding('info')],
  following: [finding('error'), finding('warning', ['node-offline'])],
};

test('in all 160 combinations the sentence, the marks and the exit code agree', () => {
  let seen = 0;
  for (const setUp of [true, false])
    for (const [selfName, mine] of Object.entries(selves))
      for (const [peersName, results] of Object.entries(peers))
        for (const [foundName, findings] of Object.entries(found)) {
          const checks = results.map((result) => ({ result }));
          const verdict = doctorVerdict({ setUp, self: mine, checks, findings }, words);
          const marks = [verdict.self, ...results];
          const isWell =
            setUp && verdict.self === 'ok' && !marks.includes('failed') && /nothing|notes/.test(foundName);
          const which = `${setUp} ${selfName} ${peersName} ${foundName}: ${verdict.sentence}`;
          assert.equal(verdict.ok, isWell, which);
          assert.equal(verdict.exitCode, isWell ? 0 : 6, which);
          assert.equal(/^No problems found/.test(verdict.sentence), isWell, which);
          if (setUp && !isWell) assert.match(verdict.sentence, /^Needs attention: ./, which);
          assert.equal(
            setUp && /your server(?:,|\.| and)/.test(verdict.sentence),
            setUp && (isWell || verdict.self !== 'ok'),
            which,
          );
          const untested = results.filter((result) => result === 'not_tested').length;
          assert.equal(
            setUp && verdict.sentence.includes('couldn’t be checked'),
            setUp && untested > 0,
            which,
          );
          seen++;
        }
  assert.equal(seen, 160);
});

test('consequences are counted with their cause', () => {
  const of = (findings: ReturnType<typeof finding>[]) =>
    doctorVerdict({ setUp: true, self: selves.well, checks: [], findings }, words).sentence;
  assert.equal(of(found.following), 'Needs attention: 1 finding.');
  assert.equal(of([finding('warning'), finding('error')]), 'Needs attention: 2 findings.');
  assert.equal(of([]), 'No problems found on your server. You don’t trust any peers yet.');
});
