import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConflictLog } from '../../../../main/trust/conflict-log.ts';

const hour = 3_600_000;

function logFor() {
  const meta = new Map<string, string>();
  const told: unknown[] = [];
  const warned: unknown[] = [];
  const world = { now: 1_000 * hour, writes: 0 };
  const store = {
    meta: {
      get: (key: string) => meta.get(key),
      put: (key: string, value: string) => meta.set(key, value),
    },
    writer: {
      write: async (job: (tx: object) => void) => {
        world.writes++;
        await null;
        job({ afterCommit: (then: () => void) => then() });
      },
    },
  };
  const conflicts = new ConflictLog({
    store: store as never,
    clock: { now: () => world.now, after: () => () => {} },
    warn: (server) => (news) => warned.push([server, news]),
    tell: (fact) => told.push(fact),
  });
  return { conflicts, world, told, warned };
}

test('many events with two texts cost one write an hour for each server, and one warning', async () => {
  const { conflicts, world, told, warned } = logFor();
  const many = Array.from({ length: 50 }, (_, n) =>
    conflicts.note('evil.test', `$${n}:evil.test`, 'home.test'),
  );
  await Promise.all(many);
  await conflicts.note('evil.test', '$50:evil.test', 'home.test');
  assert.equal(world.writes, 1);
  assert.deepEqual(told, [{ fact: 'peer-changed', server: 'evil.test' }]);
  const news = { code: 'peer.event_conflict', params: { server: 'home.test', event: '$0:evil.test' } };
  assert.deepEqual(warned, [['home.test', news]]);
  world.now += hour;
  await conflicts.note('evil.test', '$51:evil.test', 'home.test');
  assert.deepEqual([world.writes, warned.length], [2, 1]);
  assert.deepEqual(conflicts.all(), [{ origin: 'evil.test', event_id: '$51:evil.test', at: world.now }]);
});

test('a week after it was last seen, it is forgotten, and of many servers the last hundred stay', async () => {
  const { conflicts, world } = logFor();
  await conflicts.note('old.test', '$1:old.test', 'old.test');
  world.now += 6 * 24 * hour;
  for (let n = 0; n < 120; n++) await conflicts.note(`${n}.test`, '$1:x.test', 'x.test');
  const names = () => conflicts.all().map(({ origin }) => origin);
  assert.deepEqual([names().length, names()[0], names().at(-1)], [100, '20.test', '119.test']);
  world.now += 7 * 24 * hour;
  assert.deepEqual(names(), []);
});
