import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { IdGenerator } from '../../../../main/rooms/id-generator.ts';
import { isDecimalId } from '../../../../shared/protocol/identifiers.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

test('times follow the clock and never repeat, even if it stops or is set back', async () => {
  const clock = new VirtualClock(1000);
  const ids = new IdGenerator(clock, systemPorts.random);
  assert.deepEqual([ids.time(), ids.time(), ids.time()], [1000, 1001, 1002]);
  await clock.advance(500);
  assert.equal(ids.time(), 1500);
  clock.setWallClock(1200);
  assert.deepEqual([ids.time(), ids.time()], [1501, 1502]);
});

test('ids fit what other servers can store, and grow with time', () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const ids = new IdGenerator(clock, systemPorts.random);
  let last = 0n;
  for (let count = 0; count < 1000; count++) {
    const id = ids.id();
    assert.ok(isDecimalId(id), id);
    assert.ok(BigInt(id) > last);
    last = BigInt(id);
  }
});

test('an id fits 63 bits until 2089, whatever its random bits are', () => {
  const random = { next: () => 0, bytes: (length: number) => Buffer.alloc(length, 0xff) };
  const ids = new IdGenerator(new VirtualClock(Date.UTC(2089, 8, 1)), random);
  assert.ok(isDecimalId(ids.id()));
});

test('a time that an earlier run used isn’t used again; a time far ahead is replaced by the clock’s', () => {
  const clock = new VirtualClock(1000);
  const ids = new IdGenerator(clock, systemPorts.random);
  ids.after(5000);
  assert.equal(ids.time(), 5001);
  ids.after(1000 + limits.aheadMsMax + 1);
  assert.equal(ids.time(), 5002);
});
