import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

test('a new key counts as seen by a peer that accepts what it signed', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = await shareRoom(a, b);
  await a.api.rotateKeys({});
  const seenBy = async () => (await a.api.keys({})).items[0]?.seen_by;
  await a.api.postMessage({ room_id, body: 'signed by the new key' });
  await until([a, b], 'b to have seen it', async () => (await seenBy())?.includes('b.test'));
  await a.api.rotateKeys({ announce_seconds: 3600 });
  const announced = (await a.api.keys({})).items.find(({ active }) => !active);
  assert.deepEqual(announced?.seen_by, [], 'nothing is signed by it yet');
});
