import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { limits } from '../../../../shared/protocol/limits.ts';
import { type Receipt, writeReceipts } from '../../../../shared/protocol/receipts.ts';
import { addRaw, beGuest, type Guest } from '../../../support/attack/home.ts';
import { assertError, footprint, type Refusal, refused, rowsOf } from '../../../support/attack/node.ts';
import type { RawAnswer, RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

/** A room homed at a hand-made peer, with a member on a third server and a message of ours. */
interface Ground extends Guest {
  readonly event_id: string;
}

async function guestAmongThree(t: TestContext): Promise<Ground> {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const joins = (user: string) =>
    home.post(node.url, home.event({ room, type: 'm.member.join', state_key: user, content: {} }));
  assert.equal((await joins('@user:third.test')).status, 202);
  const { event_id } = await node.api.postMessage({ room_id: room, body: 'who has this?' });
  await until([node], 'the message at the home', async () => {
    const { delivery } = await node.api.event({ event_id });
    return delivery.delivered === 1;
  });
  return { ...guest, event_id };
}

const receipt = (event_id: string, change: Partial<Receipt> = {}): Receipt => ({
  event_id,
  server_name: 'third.test',
  state: 'has',
  reason: null,
  next_attempt_at: null,
  at: Date.now(),
  ...change,
});

const tells = ({ node }: Guest, by: RawPeer, body: string | readonly Receipt[]): Promise<RawAnswer> =>
  by.call(node.url, 'POST', '/receipts', typeof body === 'string' ? body : writeReceipts(body));

const stateAt = async ({ node, event_id }: Ground, server: string) => {
  const { delivery } = await node.api.event({ event_id });
  return delivery.destinations.find((one) => one.server_name === server)?.state;
};

/** Expects a refusal that changes nothing at all. */
const refuses = (ground: Ground, by: RawPeer, expected: Refusal, body: string | readonly Receipt[]) =>
  refused({ ...ground, raw: by }, { ...expected, proven: true }, () => tells(ground, by, body));

/** The call is accepted, but has no effect. */
async function passesOver(ground: Ground, by: RawPeer, receipts: readonly Receipt[]): Promise<void> {
  const before = await footprint(ground.node, [by], true);
  const answer = await tells(ground, by, receipts);
  assert.deepEqual([answer.status, answer.body.taken], [200, 0], JSON.stringify(receipts));
  assert.deepEqual(await footprint(ground.node, [by], true), before);
}

test('the home of a room reports which servers have our events, why others don’t, and when it retries', async (t) => {
  const ground = await guestAmongThree(t);
  const { node, home, event_id } = ground;
  assert.equal(await stateAt(ground, 'third.test'), 'handed_over');
  const changes: unknown[] = [];
  // The news that the home has the message may come only now.
  const isOfThird = (change: object) => 'destination' in change && change.destination === 'third.test';
  t.after(
    node.node.changes.subscribe(({ change }) => {
      if (isOfThird(change)) changes.push(change);
    }),
  );
  const next_attempt_at = Date.now() + 40_000;
  const waits = receipt(event_id, { state: 'waiting', reason: 'unreachable', next_attempt_at });
  assert.equal((await tells(ground, home, [waits])).body.taken, 1);
  const { delivery } = await node.api.event({ event_id });
  assert.deepEqual(
    delivery.destinations.find((one) => one.server_name === 'third.test'),
    {
      server_name: 'third.test',
      state: 'retrying',
      via: 'home.test',
      reason: 'The room’s server can’t reach it.',
      next_attempt_at,
      at: waits.at,
    },
  );
  const delivers = { topic: 'delivery', destination: 'third.test', event_id };
  assert.deepEqual(changes, [{ ...delivers, outcome: 'waiting' }]);
  await tells(ground, home, [receipt(event_id, { state: 'held' })]);
  assert.equal((await node.api.event({ event_id })).delivery.delivered, 1, 'held is not had');
  await tells(ground, home, [receipt(event_id)]);
  assert.equal((await node.api.event({ event_id })).delivery.delivered, 2);
});

test('“has it” is final: neither a later report nor a repetition replaces it', async (t) => {
  const ground = await guestAmongThree(t);
  const { home, event_id } = ground;
  await tells(ground, home, [receipt(event_id)]);
  for (const state of ['has', 'held', 'waiting', 'refused', 'gave_up'] as const)
    await passesOver(ground, home, [receipt(event_id, { state, at: Date.now() - 1000 })]);
  const body = writeReceipts([receipt(event_id)]);
  const headers = home.headers('POST', '/_paracord/federation/v1/receipts', body);
  const send = () => home.call(ground.node.url, 'POST', '/receipts', body, headers);
  assert.equal((await send()).status, 200);
  assertError(await send(), { status: 409 });
});

test('a server that lacks an edit no longer counts as lacking it once a newer edit replaces it', async (t) => {
  const ground = await guestAmongThree(t);
  const { node, home, room, event_id } = ground;
  const edits = () => rowsOf(node, 'federation_events').filter((row) => row.event_type === 'm.message.edit');
  const waiting = async () =>
    (await node.api.lacking({})).items.map((item) => [item.server_name, item.waiting, item.unknown]);
  await tells(ground, home, [receipt(event_id)]);
  await node.api.editMessage({ room_id: room, event_id, body: 'older' });
  const older = String(edits()[0]?.event_id);
  await tells(ground, home, [receipt(older, { state: 'waiting', reason: 'unreachable' })]);
  assert.deepEqual(await waiting(), [['third.test', 1, 0]]);
  await node.api.editMessage({ room_id: room, event_id, body: 'newer' });
  await until([node], 'the newer edit at the home, unknown behind it', async () => {
    const items = await waiting();
    return items.length === 1 && items[0]?.[1] === 0 && items[0]?.[2] === 1;
  });
  const newer = String(edits().find((row) => row.event_id !== older)?.event_id);
  await tells(ground, home, [receipt(newer)]);
  assert.deepEqual(await waiting(), []);
});

test('only the room’s home can report on our events in it', async (t) => {
  const ground = await guestAmongThree(t);
  const { node, room, home, event_id } = ground;
  const notByHome = { status: 403, reason: 'not_by_home' };
  const stranger = await addRaw(t, node, 'other.test');
  await refuses(ground, stranger, notByHome, [receipt(event_id)]);
  // A member of the room that also reports something true.
  const user = '@user:other.test';
  await home.post(node.url, home.event({ room, type: 'm.member.join', state_key: user, content: {} }));
  await refuses(ground, stranger, notByHome, [receipt(event_id, { server_name: 'other.test' })]);
  const own = await node.api.createRoom({ name: 'Ours', join_rule: 'peers' });
  const ours = await node.api.postMessage({ room_id: own.room_id, body: 'at home' });
  await refuses(ground, home, notByHome, [receipt(event_id), receipt(ours.event_id)]);
  assert.equal(await stateAt(ground, 'third.test'), 'handed_over');
});

test('reports are only accepted about events written here', async (t) => {
  const ground = await guestAmongThree(t);
  const { node, home, room } = ground;
  const theirs = home.message(room, 'written at the home');
  await home.post(node.url, theirs);
  await refuses(ground, home, { status: 403, reason: 'not_the_origin' }, [receipt(theirs.event_id)]);
  await passesOver(ground, home, [receipt('$404:a.test'), receipt('no id at all')]);
});

test('a home may report on servers that it delivers to, not on itself or on those we deliver to', async (t) => {
  const ground = await guestAmongThree(t);
  const { node, home, room, event_id } = ground;
  for (const server_name of ['nobody.test', 'a.test', 'home.test', 'THIRD.test', 'third.test '])
    await passesOver(ground, home, [receipt(event_id, { server_name })]);
  const friend = await addRaw(t, node, 'friend.test');
  friend.handlers.set('/event', () => ({ status: 500, body: {} }));
  await home.post(
    node.url,
    home.event({ room, type: 'm.member.join', state_key: '@user:friend.test', content: {} }),
  );
  const direct = {
    ...ground,
    event_id: (await node.api.postMessage({ room_id: room, body: 'hi' })).event_id,
  };
  await passesOver(direct, home, [receipt(direct.event_id, { server_name: 'friend.test' })]);
  assert.notEqual(await stateAt(direct, 'friend.test'), 'delivered', 'our own outbox knows better');
});

test('malformed receipts, too many of them, or impossible times leave nothing behind', async (t) => {
  const ground = await guestAmongThree(t);
  const { home, event_id } = ground;
  const invalid = { status: 400, code: 'BAD_REQUEST' };
  const wrong = (change: object) => JSON.stringify({ receipts: [{ ...receipt(event_id), ...change }] });
  for (const body of [
    ...['', 'null', '[]', '{"receipts":null}', '{"receipts":[[]]}', '{"receipts":[{}]}'],
    wrong({ event_id: { $ne: null } }),
    wrong({ server_name: ['third.test'] }),
    wrong({ state: 'delivered' }),
    wrong({ reason: { toString: 'x' } }),
    wrong({ at: Date.now() + 10 * limits.clockSkewMsMax }),
    wrong({ at: 'NaN' }),
    wrong({ state: 'waiting', next_attempt_at: Date.now() + 86_400_000 }),
    wrong({ state: 'waiting', next_attempt_at: Number.MAX_SAFE_INTEGER }),
    writeReceipts(Array(limits.receiptsMax + 1).fill(receipt(event_id))),
    `{"receipts":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  ])
    await refuses(ground, home, invalid, body);
  assertError(await tells(ground, home, `{"receipts":[${'0,'.repeat(limits.bodyBytesMax)}0]}`), {
    status: 413,
  });
  assert.equal(await stateAt(ground, 'third.test'), 'handed_over');
  assert.equal((await tells(ground, home, [receipt(event_id)])).status, 200, 'and it goes on');
});

test('reports of a blocked home are ignored', async (t) => {
  const ground = await guestAmongThree(t);
  const { node, home, event_id } = ground;
  await node.api.changePeer({ server_name: 'home.test', mode: 'block' });
  await refuses(ground, home, { status: 403, reason: 'origin_blocked' }, [receipt(event_id)]);
});

test('nothing is owed to a server that left the room, and nobody learns what it lacks', async (t) => {
  const ground = await guestAmongThree(t);
  const { node, home, room, event_id } = ground;
  assert.equal((await node.api.lacking({})).items.length, 1);
  const leave = { room, type: 'm.member.leave', state_key: '@user:third.test', content: {} } as const;
  assert.equal((await home.post(node.url, home.event(leave))).status, 202);
  assert.deepEqual((await node.api.lacking({})).items, []);
  assert.equal(await stateAt(ground, 'third.test'), undefined);
  await passesOver(ground, home, [receipt(event_id)]);
});

test('a home of another kind is shown as not reporting, and is not waited for', async (t) => {
  const ground = await guestAmongThree(t);
  const { node, home, room } = ground;
  home.extensions = [];
  await node.api.addPeer({ endpoint: home.url });
  const { event_id } = await node.api.postMessage({ room_id: room, body: 'do you tell?' });
  assert.equal(rowsOf(node, 'federation_receipts', "state = 'untold'").length, 1);
  await until([node], 'handed over', async () => {
    const { delivery } = await node.api.event({ event_id });
    const third = delivery.destinations.find((one) => one.server_name === 'third.test');
    return (
      third?.state === 'handed_over' &&
      third.reason === 'The room’s server doesn’t report which servers have it.'
    );
  });
  assert.deepEqual((await node.api.lacking({})).silent, ['home.test']);
});
