import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signerFromSeed } from '../../../main/crypto/ed25519.ts';
import { type Envelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { writeBatch } from '../../../shared/protocol/events/event-batch.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import type { LocalNode } from '../../support/nodes/local-node.ts';
import { readAnswer } from '../../support/parties/raw-peer.ts';
import { type Pair, startPair } from '../../support/standby/pair.ts';

const batchOf = (events: readonly Envelope[]): string =>
  writeBatch(events.map((event) => ({ event: wireEvent(event), sentTo: [] })));

/** How many signatures each of them verifies meanwhile. */
async function counted({ byLeader, byStandby }: Pair, run: () => Promise<unknown>) {
  const before = [byLeader.verified, byStandby.verified] as const;
  await run();
  return { leader: byLeader.verified - before[0], standby: byStandby.verified - before[1] };
}

async function shownAt({ api }: LocalNode, room_id: string): Promise<Set<string>> {
  const { items } = await api.timeline({ room_id, limit: 100 });
  return new Set(items.map(({ event_id }) => event_id));
}

/** One pair for all, because each start takes longer than what is tested. */
test('a standby verifies what peers push, and its leader decides', async (t) => {
  const pair = await startPair(t);
  const { leader, standby, raw, room } = pair;
  const push = (body: string, node = standby) => raw.call(node.url, 'POST', '/events', body);
  const results = async (body: string, node?: LocalNode) => {
    const answer = await push(body, node);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.results as { status: number; answer: { details?: { reason?: string } } }[];
  };
  const statuses = async (body: string, node?: LocalNode) =>
    (await results(body, node)).map(({ status }) => status);

  await t.test('the leader verifies no signature of a batch that its standby has verified', async () => {
    const events = Array.from({ length: 8 }, (_, at) => raw.message(room, `number ${at}`));
    const checks = await counted(pair, async () => {
      assert.deepEqual(new Set(await statuses(batchOf(events))), new Set([202]));
    });
    assert.deepEqual(checks, { leader: 0, standby: 9 });
    const shown = await shownAt(leader, room);
    for (const { event_id } of events) assert.ok(shown.has(event_id));
  });

  await t.test('a single event, too; and a repeated one is answered as by the leader', async () => {
    const event = raw.message(room, 'alone');
    const checks = await counted(pair, async () => {
      const answer = await raw.post(standby.url, event);
      assert.deepEqual([answer.status, answer.body], [202, { event_id: event.event_id, inserted: true }]);
      const again = await raw.post(standby.url, event);
      assert.deepEqual([again.status, again.body], [202, { event_id: event.event_id, inserted: false }]);
    });
    assert.deepEqual(checks, { leader: 0, standby: 4 });
  });

  await t.test('a forged event among verified ones is refused, with the signature of another', async () => {
    const [good, bad] = [raw.message(room, 'good'), raw.message(room, 'bad')];
    const forged = { ...bad, signatures: good.signatures };
    const body = batchOf([good, forged]);
    const [atStandby, atLeader] = [await results(body), await results(body, leader)];
    assert.deepEqual(
      atStandby.map(({ status }) => status),
      [202, 403],
    );
    assert.deepEqual(atStandby[1], atLeader[1], 'the answer is that of the leader');
    assert.equal((await shownAt(leader, room)).has(bad.event_id), false);
  });

  await t.test(
    'a request that its peer did not sign is refused, and repeated at both nodes only one accepts it',
    async () => {
      const event = raw.message(room, 'once');
      const target = `${federationPrefix}/event`;
      const headers = {
        'content-type': 'application/json',
        ...raw.headers('POST', target, wireEvent(event)),
      };
      const send = async ({ url }: LocalNode, body = wireEvent(event)) =>
        await readAnswer(await fetch(url + target, { method: 'POST', headers, body }));
      const other = await send(standby, wireEvent(raw.message(room, 'changed on the way')));
      assert.deepEqual([other.status, (await send(leader, '{}')).status], [403, 403]);
      const both = await Promise.all([send(standby), send(leader), send(standby)]);
      assert.deepEqual(both.map(({ status }) => status).sort(), [202, 409, 409]);
    },
  );

  await t.test('events that a standby has no key for are verified by the leader', async () => {
    const { signer, keyId } = raw;
    raw.signer = signerFromSeed(Buffer.alloc(32, 9));
    raw.keyId = 'ed25519:next';
    const checks = await counted(pair, async () => {
      assert.deepEqual(await statuses(batchOf([raw.message(room, 'with a new key')])), [202]);
    });
    assert.deepEqual(checks, { leader: 2, standby: 0 });
    Object.assign(raw, { signer, keyId });
  });

  await t.test('what a standby that is behind would refuse to show, the leader shows', async () => {
    const read = (path: string) => raw.call(standby.url, 'GET', path);
    const { event_id } = await leader.api.postMessage({ room_id: room, body: 'newer than the copy' });
    const inRoom = `/events?room_id=${encodeURIComponent(room)}`;
    const event = await read(`/event/${encodeURIComponent(event_id)}`);
    assert.deepEqual([event.status, event.body.event_id], [200, event_id]);
    const missing = await read('/event/%241%3Aa.test');
    assert.deepEqual([missing.status, missing.body.code], [404, 'NOT_FOUND']);
    const target = `${federationPrefix}${inRoom}`;
    const headers = raw.headers('GET', target, '');
    const again = () => fetch(standby.url + target, { headers }).then(({ status }) => status);
    assert.deepEqual([await again(), await again()], [200, 409], 'a recorded read is not passed on');
  });

  await t.test('while a standby is behind, the leader’s view of a peer counts', async () => {
    const one = () => batchOf([raw.message(room, 'to a standby that is behind')]);
    await leader.api.changePeer({ server_name: raw.name, mode: 'block' });
    const blocked = await push(one());
    assert.equal(blocked.status, 403);
    assert.equal((blocked.body.details as { reason: string }).reason, 'origin_blocked');
    await leader.api.changePeer({ server_name: raw.name, mode: 'quarantine' });
    assert.equal((await results(one()))[0]?.answer.details?.reason, 'origin_quarantined');
    const { items } = await leader.api.heldEvents({ server_name: raw.name });
    assert.equal(items.length, 1, 'it is held');
    await leader.api.changePeer({ server_name: raw.name, mode: 'allow' });
    assert.deepEqual(await statuses(one()), [202]);
  });

  await t.test('while a standby is behind, a key that was replaced opens nothing', async () => {
    const stolen = raw.signer;
    raw.signer = signerFromSeed(Buffer.alloc(32, 11));
    await leader.api.forgetPeer({ server_name: raw.name });
    await leader.api.addPeer({ endpoint: raw.url });
    const fresh = raw.signer;
    raw.signer = stolen;
    const body = batchOf([raw.message(room, 'with the old key')]);
    const checks = await counted(pair, async () => assert.equal((await push(body)).status, 403));
    assert.deepEqual(checks, { leader: 1, standby: 2 }, 'the standby knew no better, and was not believed');
    raw.signer = fresh;
    const checksFresh = await counted(pair, async () =>
      assert.deepEqual(await statuses(batchOf([raw.message(room, 'with the new key')])), [202]),
    );
    assert.deepEqual(checksFresh, { leader: 2, standby: 1 });
  });

  await t.test('the leader notes that a peer has read its keys at the standby', async () => {
    const seenBy = async () => (await leader.api.keys({})).items.flatMap(({ seen_by }) => seen_by);
    assert.deepEqual(await seenBy(), []);
    const { status, body } = await raw.call(standby.url, 'GET', '/keys');
    assert.deepEqual([status, body.server_name], [200, 'a.test']);
    assert.deepEqual(await seenBy(), [raw.name]);
  });
});
