import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

test('both servers say who deleted a message: the room’s owner, or its author', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = await shareRoom(a, b);
  const write = async (body: string) => (await b.api.postMessage({ room_id, body })).event_id;
  const [one, two] = [await write('by ben'), await write('by ben too')];
  const itemsAt = async ({ api }: typeof a) => (await api.timeline({ room_id })).items;
  await until([a, b], 'both at a', async () => (await itemsAt(a)).length === 2);
  await a.api.deleteMessage({ room_id, event_id: one });
  await b.api.deleteMessage({ room_id, event_id: two });
  for (const node of [a, b]) {
    await until([a, b], 'both deleted', async () => (await itemsAt(node)).every(({ deleted }) => deleted));
    const by = new Map((await itemsAt(node)).map(({ event_id, deleted_by }) => [event_id, deleted_by]));
    assert.deepEqual([by.get(one), by.get(two)], ['@a:a.test', '@b:b.test'], node.name);
  }
});
