import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../../main/events/room-digest.ts';
import { addRaw } from '../../../support/attack/home.ts';
import { besiege } from '../../../support/attack/node.ts';
import type { RawPeer } from '../../../support/parties/raw-peer.ts';

const far = 9_000_000_000_000_000;
const path = (room: string, since = -1, until = far) =>
  `/digest?room_id=${room}&since_depth=${since}&until_depth=${until}`;

test('a member gets a digest of what is here; strangers and invalid questions get nothing, and too many are refused', async (t) => {
  const { node, raw, room } = await besiege(t);
  const ask = (by: RawPeer, what: string) => by.call(node.url, 'GET', what);
  await raw.post(node.url, raw.message(room, 'one'));
  const { body } = await ask(raw, `/events?room_id=${room}`);
  const events = body.events as { event_id: string; depth: number }[];
  assert.ok(events.length > 2);
  assert.deepEqual((await ask(raw, path(room))).body, { blocks: [{ to: far, ...digestOf(events) }] });
  const last = events.at(-1)?.depth ?? 0;
  assert.deepEqual((await ask(raw, path(room, last, far))).body, { blocks: [{ to: far, ...digestOf([]) }] });
  assert.deepEqual((await ask(raw, path(room, -1, last - 1))).body, {
    blocks: [{ to: last - 1, ...digestOf(events.filter(({ depth }) => depth < last)) }],
  });

  const other = await addRaw(t, node, 'other.test');
  assert.equal((await ask(other, path(room))).status, 403);
  assert.equal((await ask(raw, path('!9:a.test'))).status, 404);
  assert.equal((await ask(raw, path('nonsense'))).status, 400);
  assert.equal((await ask(raw, `/digest?room_id=${room}&since_depth=x`)).status, 400);
  assert.equal((await fetch(`${node.url}/_paracord/federation/v1${path(room)}`)).status, 401);

  const statuses = await Promise.all(
    Array.from({ length: 70 }, async () => (await ask(raw, path(room))).status),
  );
  assert.ok(statuses.includes(429));
  assert.ok(statuses.every((status) => status === 200 || status === 429));
});
