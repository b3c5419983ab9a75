import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tuning } from '../../../../../main/config.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { Store } from '../../../../../main/store/store.ts';
import { ReplayGuard } from '../../../../../main/trust/limits/replay-guard.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { tempDir } from '../../../../support/temp.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const signature = (n: number): string => n.toString(16).padStart(32, '0').padEnd(128, '0');

function guardFor(t: TestContext) {
  const path = join(tempDir(t), 'node.db');
  const clock = new VirtualClock();
  let store = new Store(path, systemPorts);
  t.after(() => store.close());
  return {
    clock,
    get store() {
      return store;
    },
    guard: new ReplayGuard(store, clock),
    persist(guard: ReplayGuard, ...signatures: readonly string[]) {
      return store.writer.write(() => {
        for (const each of signatures) guard.persist(each);
      });
    },
    async restart() {
      await store.close();
      store = new Store(path, systemPorts);
      return new ReplayGuard(store, clock);
    },
  };
}

function refused(guard: ReplayGuard, of: string): void {
  assert.throws(
    () => guard.claim(of),
    (error) => error instanceof ProtocolError && error.status === 409 && error.details?.reason === 'replay',
  );
}

test('a signature is accepted once; a repeat is CONFLICT, and others aren’t affected', (t) => {
  const { guard } = guardFor(t);
  guard.claim(signature(1));
  refused(guard, signature(1));
  refused(guard, signature(1));
  guard.claim(signature(2));
});

test('persisted signatures are known after a restart', async (t) => {
  const world = guardFor(t);
  world.guard.claim(signature(1));
  await world.persist(world.guard, signature(1));
  const guard = await world.restart();
  refused(guard, signature(1));
  guard.claim(signature(2));
});

test('a signature is remembered as long as its timestamp could still be accepted', async (t) => {
  const world = guardFor(t);
  const { clock } = world;
  // Signed by a clock 60 s ahead of ours, the request stays in the window for 120 s.
  const window = 2 * limits.clockSkewMsMax;
  world.guard.claim(signature(1));
  await world.persist(world.guard, signature(1));
  for (let passed = 0; passed < window; passed += 10_000) {
    world.guard.claim(signature(1000 + passed));
    refused(world.guard, signature(1));
    await clock.advance(10_000);
  }
  refused(world.guard, signature(1));
  refused(await world.restart(), signature(1));
});

test('a signature claimed just before the older generation is dropped is remembered for a whole window', async (t) => {
  const { guard, clock } = guardFor(t);
  await clock.advance(tuning.replayKeepMs - 1);
  guard.claim(signature(1));
  await clock.advance(2 * limits.clockSkewMsMax);
  guard.claim(signature(2));
  refused(guard, signature(1));
});

test('a signature is forgotten after the window, in memory and on disk', async (t) => {
  const world = guardFor(t);
  const { clock } = world;
  world.guard.claim(signature(1));
  await world.persist(world.guard, signature(1));
  for (let turn = 0; turn < 3; turn++) {
    await clock.advance(tuning.replayKeepMs);
    world.guard.claim(signature(100 + turn));
  }
  world.guard.claim(signature(1));
  await world.store.writer.idle();
  assert.deepEqual(world.store.replay.unexpired(0), []);
});

test('persisting the same signature twice does no harm', async (t) => {
  const world = guardFor(t);
  await world.persist(world.guard, signature(1), signature(1));
  assert.equal(world.store.replay.unexpired(0).length, 1);
});

test('expired signatures are removed a few thousand at a time, and the others stay', async (t) => {
  const { guard, clock, store, persist } = guardFor(t);
  const expired = Array.from({ length: 4_500 }, (_, n) => signature(2 * n + 1));
  await persist(guard, ...expired);
  clock.now = (
    (now) => () =>
      now + tuning.replayKeepMs
  )(clock.now());
  await persist(guard, signature(2), signature(5000), signature(999_999));
  let transactions = 1;
  while (await store.writer.write(() => store.replay.prune(clock.now()))) transactions++;
  assert.equal(transactions, 3, 'each removes up to 2,000');
  assert.equal(store.replay.unexpired(0).length, 3);
});
