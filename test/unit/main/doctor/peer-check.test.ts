import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeAddresses, judgeClock } from '../../../../main/doctor/peer-check.ts';
import { ok, TestRun } from '../../../../main/doctor/test-run.ts';
import { quoted, said } from '../../../../shared/words/said.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { inEnglish } from '../../../support/words.ts';

test('addresses are shown with their kind', () => {
  const { result, text } = judgeAddresses('b.test', ['93.184.216.34', '10.0.0.5'], false);
  assert.equal(result, 'ok');
  assert.equal(
    inEnglish(text),
    'b.test resolves to 93.184.216.34 (a public address), 10.0.0.5 (a private address).',
  );
  const alone = judgeAddresses('1.1.1.1', ['1.1.1.1'], false).text;
  assert.equal(inEnglish(alone), 'Its address is 1.1.1.1 (a public address).');
});

test('an address in a private network is called only if its owner named it', () => {
  for (const address of ['10.0.0.5', '127.0.0.1', '100.64.0.1', 'fd00::1', '::']) {
    const theirs = judgeAddresses('b.test', [address], false);
    assert.equal(theirs.result, 'failed', address);
    assert.match(inEnglish(theirs.fix), /set it yourself/);
    const ours = judgeAddresses('b.test', [address], true);
    assert.equal(ours.result, 'ok', address);
    assert.match(inEnglish(ours.text), /It works only/);
  }
  assert.match(inEnglish(judgeAddresses('b.test', ['100.64.0.1'], true).text), /a shared address/);
});

test('a clock is fine, off, or too far off, and an unknown one isn’t tested', () => {
  assert.deepEqual(judgeClock(400, null), ok(said('clock.near', { n: 1 })));
  const late = judgeClock(-40_000, 0);
  assert.equal(late.result, 'ok');
  assert.match(
    inEnglish(late.text),
    /40 seconds behind the clock of this computer\. That still works\. Beyond 60 seconds it doesn’t\./,
  );
  assert.match(inEnglish(late.fix), /Ask its owner/);
  const off = judgeClock(600_000, null);
  assert.equal(off.result, 'failed');
  assert.match(inEnglish(off.text), /^Its clock is 10 minutes ahead of the clock of this computer/);
  assert.equal(judgeClock(null, 0).result, 'skipped');
});

test('a caller that comes while a test runs joins it, and everyone sees its steps as they come', async () => {
  const seen: string[] = [];
  const run: TestRun<'a' | 'b'> = new TestRun(['a', 'b'], new VirtualClock(), () =>
    seen.push((run.view?.steps ?? []).map(({ step, result }) => `${step} ${result}`).join()),
  );
  let begun = 0;
  const begin = () => {
    begun++;
    return async () => ok(quoted('fine'));
  };
  assert.equal(run.view, null);
  const [first, second] = await Promise.all([run.run(begin), run.run(begin)]);
  assert.equal(begun, 1);
  assert.equal(first, second);
  assert.deepEqual(seen, ['a running', 'a ok,b running', 'a ok,b ok']);
  assert.equal((await run.run(begin)).running, false);
  assert.equal(begun, 2);
});
