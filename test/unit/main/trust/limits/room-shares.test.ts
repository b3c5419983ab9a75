import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tuning } from '../../../../../main/config.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { Store } from '../../../../../main/store/store.ts';
import { besideTextBytes } from '../../../../../main/store/tables/rooms/share-store.ts';
import { RoomShares } from '../../../../../main/trust/limits/room-shares.ts';
import { RawPeer } from '../../../../support/parties/raw-peer.ts';
import { putEvent } from '../../../../support/put-rows.ts';
import { quickFolder } from '../../../../support/sim/world.ts';

const room = '!1:a.test';

test('a full share is counted again once an hour, so that dropped events make room', async (t) => {
  const store = new Store(join(quickFolder(t), 'node.db'), systemPorts);
  t.after(() => store.close());
  const clock = { time: 1, now: () => clock.time, after: () => () => {} };
  const shares = new RoomShares({ store, clock, pause: async () => {} });
  const [b, c] = ['b.test', 'c.test'].map((name) => new RawPeer(name));
  let bytes = 0;
  await store.writer.write(() => {
    for (const [from, by] of [
      ['b.test', b],
      ['b.test', c],
      ['c.test', c],
    ] as const) {
      const envelope = by!.message(room, 'x');
      putEvent(store, { envelope, received_from: from, body: 'x'.repeat(1000) });
      if (from === 'b.test') bytes += 1000 + besideTextBytes;
    }
  });
  const fill = () =>
    store.writer.write(() => store.shares.add({ room_id: room, server: 'b.test' }, tuning.roomShareBytesMax));
  await fill();
  assert.deepEqual([shares.isFull('b.test', room), shares.isFull('c.test', room)], [true, false]);
  assert.deepEqual(
    shares.full().map(({ server }) => server),
    ['b.test'],
  );
  await shares.run();
  assert.equal(shares.isFull('b.test', room), false);
  assert.equal(store.shares.bytesOf({ room_id: room, server: 'b.test' }), bytes);
  await fill();
  await shares.run();
  assert.ok(shares.isFull('b.test', room), 'not before an hour has passed');
  clock.time += 3_600_000;
  await shares.run();
  assert.equal(shares.isFull('b.test', room), false);
});
