import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../../main/events/room-digest.ts';
import { parseEnvelope } from '../../../../shared/protocol/events/envelope.ts';
import { addRaw } from '../../../support/attack/home.ts';
import { besiege } from '../../../support/attack/node.ts';
import type { RawPeer } from '../../../support/parties/raw-peer.ts';
import { placed } from '../../../support/sim/placed.ts';

const far = 9_000_000_000_000_000;
const signedIn = ({ events }: Record<string, unknown>) =>
  placed((events as object[]).map((event) => parseEnvelope(JSON.stringify(event))));
const path = (room: string, since = -1, until = far) =>
  `/digest?room_id=${room}&since_depth=${since}&until_depth=${until}`;

test('a member gets a digest of what is here; strangers and invalid questions get nothing, and too many are refused', async (t) => {
  const { node, raw, room } = await besiege(t);
  const ask = (by: RawPeer, what: string) => by.call(node.url, 'GET', what);
  await raw.post(node.url, raw.message(room, 'one'));
  const { body } = await ask(raw, `/events?room_id=${room}`);
  const events = signedIn(body);
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

  // Another server's clock was ahead when it signed this, so a plain reading by depth leaves it out. Here it counts, and
  // a reader that names an upper bound gets it.
  const late = raw.message(room, 'late', { depth: Date.now() + 3_650 * 86_400_000 });
  assert.equal((await raw.post(node.url, late)).status, 202);
  const idsOf = ({ body }: Awaited<ReturnType<typeof ask>>) =>
    (body.events as { event_id: string }[]).map(({ event_id }) => event_id);
  const until = Date.now() + 1;
  const all = await ask(raw, `/events?room_id=${room}&until_depth=${until}`);
  assert.ok(idsOf(all).includes(late.event_id));
  assert.deepEqual((await ask(raw, path(room, -1, until))).body, {
    blocks: [{ to: until, ...digestOf(signedIn(all.body)) }],
  });
  assert.ok(!idsOf(await ask(raw, `/events?room_id=${room}`)).includes(late.event_id));
  assert.deepEqual(
    idsOf(await ask(raw, `/events?room_id=${room}&until_depth=${last}`)).length,
    events.length,
  );
  assert.equal((await ask(raw, `/events?room_id=${room}&until_depth=x`)).status, 400);

  const statuses = await Promise.all(
    Array.from({ length: 70 }, async () => (await ask(raw, path(room))).status),
  );
  assert.ok(statuses.includes(429));
  assert.ok(statuses.every((status) => status === 200 || status === 429));
});
