import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { federationPrefix, transportHeaders } from '../../../../shared/protocol/transport.ts';
import { addRaw, beGuest } from '../../../support/attack/home.ts';
import {
  assertError,
  besiege,
  details,
  joins,
  refused,
  rowsOf,
  type Siege,
} from '../../../support/attack/node.ts';
import { answerIn, open, written } from '../../../support/attack/socket.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';

const held = { status: 403, code: 'FORBIDDEN', reason: 'origin_quarantined' };
const server_name = 'raw.test';

const quarantine = ({ node }: Siege) => node.api.changePeer({ server_name, mode: 'quarantine' });
const shown = async ({ node, room }: Siege) =>
  (await node.api.timeline({ room_id: room })).items.map(({ body }) => body).reverse();
const heldBodies = async ({ node }: Siege) =>
  (await node.api.heldEvents({ server_name })).items.map(({ body }) => body);

async function sends(siege: Siege, text: string) {
  const event = siege.raw.message(siege.room, text);
  const answer = await siege.raw.post(siege.node.url, event);
  return { event, answer };
}

test('events of a quarantined peer are held and reported as held, and take effect when released', async (t) => {
  const siege = await besiege(t);
  await sends(siege, 'before');
  await quarantine(siege);
  const texts = ['one', 'two', 'three'];
  for (const text of texts) {
    const { answer } = await sends(siege, text);
    assertError(answer, held);
    assert.equal(details(answer).held, true);
  }
  assert.deepEqual(await shown(siege), ['before']);
  assert.deepEqual(await heldBodies(siege), texts);
  const before = rowsOf(siege.node, 'federation_events').length;
  assert.equal((await siege.node.api.peer({ server_name })).held, 3);
  const outcome = await siege.node.api.releaseHeld({ server_name });
  assert.deepEqual(outcome, { released: 3, refused: [] });
  assert.deepEqual(await shown(siege), ['before', ...texts]);
  const arrived = rowsOf<{ body: string }>(siege.node, 'federation_events').slice(before);
  assert.deepEqual(
    arrived.map(({ body }) => texts.find((text) => body.includes(`"${text}"`))),
    texts,
    'in order',
  );
  assert.deepEqual(await heldBodies(siege), []);
  assert.equal((await siege.node.api.peer({ server_name })).mode, 'quarantine');
});

test('a repeated event is held once, and is a duplicate after its release', async (t) => {
  const siege = await besiege(t);
  await quarantine(siege);
  const event = siege.raw.message(siege.room, 'again and again');
  const answers = await Promise.all(Array.from({ length: 20 }, () => siege.raw.post(siege.node.url, event)));
  for (const answer of answers) assertError(answer, held);
  const other = siege.raw.message(siege.room, 'other bytes', { event_id: event.event_id });
  assert.equal((await siege.raw.post(siege.node.url, other)).status >= 400, true);
  assert.deepEqual(await heldBodies(siege), ['again and again']);
  await siege.node.api.releaseHeld({ server_name });
  await siege.node.api.changePeer({ server_name, mode: 'allow' });
  const late = await siege.raw.post(siege.node.url, event);
  assert.equal(late.status, 202);
  assert.equal(late.body.inserted, false);
});

test('a discarded event stays out when it is offered again', async (t) => {
  const siege = await besiege(t);
  await quarantine(siege);
  const { event } = await sends(siege, 'rubbish');
  const { event: kept } = await sends(siege, 'not so bad');
  assert.deepEqual(await siege.node.api.discardHeld({ server_name, event_ids: [event.event_id] }), {
    discarded: 1,
  });
  await siege.raw.post(siege.node.url, event);
  assert.deepEqual(await heldBodies(siege), ['not so bad']);
  await siege.node.api.changePeer({ server_name, mode: 'allow' });
  assert.equal((await siege.raw.post(siege.node.url, event)).body.inserted, false);
  await siege.node.api.releaseHeld({ server_name, event_ids: [kept.event_id] });
  assert.deepEqual(await shown(siege), ['not so bad']);
  assert.equal(rowsOf(siege.node, 'federation_events', `event_id = '${event.event_id}'`).length, 0);
  // Its server learns that nobody decides about it any more, and other servers nothing.
  const target = `/event/${encodeURIComponent(event.event_id)}`;
  assert.equal((await siege.raw.call(siege.node.url, 'GET', target)).status, 410);
  const other = await new RawPeer('other.test').listen(t);
  await siege.node.api.addPeer({ endpoint: other.url });
  assert.equal((await other.call(siege.node.url, 'GET', target)).status, 404);
});

test('only acceptable events are held: nothing forged, malformed or replayed', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  await quarantine(siege);
  const forger = new RawPeer('raw.test');
  const good = raw.message(room, 'good');
  await refused(siege, { status: 403 }, () => forger.post(node.url, forger.message(room, 'forged')));
  await refused(siege, { status: 403, proven: true }, () =>
    raw.post(node.url, { ...good, signatures: new Map([[raw.keyId, 'ab'.repeat(64)]]) }),
  );
  await refused(siege, { status: 403, reason: 'sender_not_of_origin', proven: true }, () =>
    raw.post(node.url, raw.message(room, 'x', { sender: '@a:a.test' })),
  );
  for (const body of ['', '{}', wireEvent(good).slice(1)])
    await refused(siege, { status: 400, proven: true }, () => raw.call(node.url, 'POST', '/event', body));
  assert.deepEqual(await heldBodies(siege), []);
});

test('a released event is checked by the rules at the time of the release', async (t) => {
  const siege = await besiege(t);
  await quarantine(siege);
  const { event } = await sends(siege, 'written as a member');
  const nowhere = siege.raw.message('!77:a.test', 'in no room');
  assertError(await siege.raw.post(siege.node.url, nowhere), held);
  await siege.node.api.removeMember({ room_id: siege.room, user_id: '@user:raw.test' });
  const late = siege.raw.message(siege.room, 'written as none');
  assertError(await siege.raw.post(siege.node.url, late), held);
  const { released, refused: kept } = await siege.node.api.releaseHeld({ server_name });
  assert.equal(released, 1, event.event_id);
  assert.deepEqual(
    kept.map(({ event_id }) => event_id),
    [nowhere.event_id, late.event_id],
  );
  assert.deepEqual(await shown(siege), ['written as a member']);
  await siege.node.api.changePeer({ server_name, mode: 'block' });
  const after = await siege.node.api.releaseHeld({ server_name });
  assert.equal(after.released, 0);
});

test('events by a quarantined server are held even if another server relays them, and so are events it relays', async (t) => {
  const siege = await besiege(t);
  const { node, room, raw } = siege;
  const other = await addRaw(t, node, 'other.test');
  assert.equal((await joins({ ...siege, raw: other }, '@user:other.test')).status, 200);
  await quarantine(siege);
  const answer = await other.post(node.url, raw.message(room, 'by another way'));
  assertError(answer, held);
  assert.equal(details(answer).scope, 'event');
  assertError(await raw.post(node.url, other.message(room, 'brought along')), held);
  assert.deepEqual(await heldBodies(siege), ['by another way', 'brought along']);
  assert.deepEqual(await shown(siege), []);
});

test('events of a quarantined home are held, and catch-up doesn’t ask it', async (t) => {
  const { node, home, room } = await beGuest(t);
  await node.api.changePeer({ server_name: 'home.test', mode: 'quarantine' });
  const quarantinedAt = Date.now();
  assertError(await home.post(node.url, home.message(room, 'psst')), held);
  assertError(
    await home.post(
      node.url,
      home.event({ room, type: 'm.member.leave', state_key: '@a:a.test', content: { removed: true } }),
    ),
    held,
  );
  // One that was in flight before may still arrive.
  const later = home.requests.filter(
    ({ headers }) => Number(headers[transportHeaders.timestamp]) > quarantinedAt,
  );
  assert.deepEqual(later, []);
  assert.equal((await node.api.room({ room_id: room })).membership, 'joined');
});

test('quarantine and its end apply to a request that is still arriving', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const target = `${federationPrefix}/event`;
  const half = async (text: string) => {
    const body = wireEvent(raw.message(room, text));
    const line = await open(node.url);
    const headers = Object.entries(raw.headers('POST', target, body));
    line.socket.write(
      written('POST', target, [...headers, ['Content-Length', String(body.length)]], body.slice(0, 50)),
    );
    // Another request and its answer: by then the node has seen the first half.
    await raw.call(node.url, 'POST', '/event', '{}');
    return async () => {
      line.socket.write(body.slice(50));
      return answerIn(await line.end);
    };
  };
  const first = await half('caught');
  await quarantine(siege);
  assertError(await first(), held);
  const second = await half('let in');
  await node.api.changePeer({ server_name, mode: 'allow' });
  assert.equal((await second()).status, 202);
  assert.deepEqual(await shown(siege), ['let in']);
});

test('a quarantined peer cannot fill the disk with held events', async (t) => {
  const siege = await besiege(t);
  await quarantine(siege);
  const statuses = new Set<number>();
  for (let batch = 0; batch < 24 && !statuses.has(429); batch++) {
    const events = Array.from({ length: 50 }, (_, i) =>
      siege.raw.message('!77:a.test', `junk ${batch} ${i}`),
    );
    const answers = await Promise.all(events.map((event) => siege.raw.post(siege.node.url, event)));
    for (const { status } of answers) statuses.add(status);
  }
  assert.deepEqual([...statuses].sort(), [403, 429]);
});
