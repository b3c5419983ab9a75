import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { type Start, Work } from '../../../main/work.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { said } from '../../../shared/words/said.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const backup: Start = { kind: 'backup', about: null, title: said('work.backup') };
const events = (done: number) => ({ done, total: null, text: said('work.events', { done }) });

function world() {
  const clock = new VirtualClock();
  const toldAt: number[] = [];
  const begun = clock.now();
  const work = new Work({
    clock,
    random: systemPorts.random,
    tell: (fact) => void (fact.fact === 'work-changed' && toldAt.push(clock.now() - begun)),
  });
  return { clock, work, toldAt };
}

test('work that ends within half a second is listed without a notice', async () => {
  const { clock, work, toldAt } = world();
  const job = work.begin(backup);
  job.advance(events(1));
  await clock.advance(499);
  assert.deepEqual(
    work.items().map(({ kind, isLong, progress }) => [kind, isLong, progress?.done]),
    [['backup', false, 1]],
  );
  job.end();
  await clock.advance(60_000);
  assert.deepEqual([toldAt, work.items(), clock.timers], [[], [], 0]);
});

test('long work is announced when it is half a second old, at most four times a second, and when it ends', async () => {
  const { clock, work, toldAt } = world();
  const job = work.begin(backup);
  for (let done = 0; done < 1_000; done++) {
    job.advance(events(done));
    await clock.advance(1);
  }
  job.end();
  await clock.advance(60_000);
  assert.deepEqual(toldAt, [500, 750, 1_000, 1_250]);
  assert.deepEqual(work.items(), []);
});

test('two pieces of work share the limit, and the last change is announced', async () => {
  const { clock, work, toldAt } = world();
  const [one, two] = [work.begin(backup), work.begin({ ...backup, kind: 'drill' })];
  await clock.advance(600);
  one.advance(events(1));
  two.advance(events(2));
  one.end();
  two.end();
  await clock.advance(60_000);
  assert.deepEqual(toldAt, [500, 750]);
});

test('canceled work stays listed until it has ended, and can’t be canceled after that', async () => {
  const { work } = world();
  let canceled = 0;
  const job = work.begin({ ...backup, cancel: () => void canceled++ });
  const [item] = work.items();
  await work.cancel(item!.id);
  assert.deepEqual([canceled, work.items().length], [1, 1]);
  job.end();
  await assert.rejects(work.cancel(item!.id), refused('NOT_FOUND'));
});

test('work that is settled, or never could be canceled, continues', async () => {
  const { work } = world();
  const settled = work.begin({ ...backup, cancel: () => assert.fail('too late') });
  settled.settle();
  work.begin(backup);
  for (const { id, cancel } of work.items()) {
    assert.equal(cancel, undefined);
    await assert.rejects(work.cancel(id), refused('CONFLICT'));
  }
});

const refused = (code: string) => (error: unknown) => error instanceof ProtocolError && error.code === code;
