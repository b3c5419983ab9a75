import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pictureOf } from '../support/browser/picture.ts';
import { startChildNode } from '../support/nodes/child-node.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { tempDir } from '../support/temp.ts';

test('kill -9 under load neither loses nor duplicates an acknowledged event', async (t) => {
  const dataDir = join(tempDir(t), 'node');
  const raw = await new RawPeer('raw.test').listen(t);
  let node = await startChildNode({ name: 'a.test', dataDir }, t);
  await node.api.addPeer({ endpoint: raw.url });
  const limits = { requests_per_minute: 1_000_000, burst: 1_000_000 };
  await node.api.changePeer({ server_name: 'raw.test', limits });
  const room = (await node.api.createRoom({ name: 'Load', join_rule: 'peers' })).room_id;
  const join_ = JSON.stringify({ origin_server: raw.name, room_id: room, user_id: `@user:${raw.name}` });
  await raw.call(node.federation, 'POST', '/join', join_);

  const answered = new Set<string>();
  const offered: ReturnType<RawPeer['message']>[] = [];
  for (let round = 0; round < 3; round++) {
    let dead = false;
    const killAt = answered.size + 60 + round * 37;
    await Promise.all(
      Array.from({ length: 16 }, async (_, lane) => {
        while (!dead) {
          // Every other one is written here, by the control API; both are promises to keep.
          if (lane % 4 === 0) {
            const mine = await node.api.postMessage({ room_id: room, body: 'own' }).catch(() => null);
            if (mine) answered.add(mine.event_id);
          } else {
            const event = raw.message(room, 'theirs');
            offered.push(event);
            const told = await raw.post(node.federation, event).catch(() => null);
            if (told?.status === 202) answered.add(event.event_id);
          }
          if (answered.size >= killAt && !dead) {
            dead = true;
            await node.kill();
          }
        }
      }),
    );
    node = await startChildNode({ name: 'a.test', dataDir }, t);
    for (const event of offered.slice(-32)) {
      const told = await raw.post(node.federation, event);
      assert.equal(told.status, 202, 'offered again, it is a success either way');
      answered.add(event.event_id);
    }
  }
  const { timeline } = await pictureOf(node.api, room);
  const ids = timeline.map((item) => item.event_id);
  assert.equal(new Set(ids).size, ids.length, 'nothing twice');
  const missing = [...answered].filter((id) => !ids.includes(id));
  assert.deepEqual(missing, [], 'everything answered is there');
  assert.equal(await node.stop(), 0);
});
