import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashWorld } from '../support/crash/crash-world.ts';
import { killedNode, killedStart, pointsOf } from '../support/crash/start-kills.ts';
import { withoutPackage } from '../support/daemons/packages.ts';

// `npm run test:crash` does the same hundreds of times.
test('kill -9 under load loses no acknowledged write, and each is delivered exactly once in the end', async (t) => {
  const world = await CrashWorld.make(t, 1);
  for (let kill = 0; kill < 3; kill++) await world.live();
  await world.settle();
});

for (const [title, make] of [
  ['a first start', async () => null],
  ['a start after a crash', killedNode],
] as const)
  test(`a node that is killed in the middle of ${title} starts as if nothing had happened`, {
    skip: withoutPackage('strace'),
  }, async (t) => {
    const from = await make(t);
    const points = await pointsOf(t, from?.template ?? null);
    assert.ok(points.length > 20, 'a start writes');
    const step = Math.ceil(points.length / 3);
    for (const point of points.filter((_, i) => i % step === step - 1))
      assert.equal(await killedStart(point, from), 'as before', `${point.call} ${point.nth} (${point.file})`);
  });
