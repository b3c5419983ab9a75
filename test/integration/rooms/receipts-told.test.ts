import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import type { Receipt } from '../../../shared/protocol/receipts.ts';
import { addRaw } from '../../support/attack/home.ts';
import { assertError, besiege, memberBody, type Siege, takes } from '../../support/attack/node.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { type RawHandler, RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

/**
 * A room homed at the node, with a member on `raw`, who writes, and one on `member`. Records the reports that `raw`
 * gets.
 */
interface Ground extends Siege {
  readonly member: RawPeer;
  readonly told: Receipt[][];
}

const receiptsPath = '/_paracord/federation/v1/receipts';
const fails: RawHandler = () => ({ status: 500, body: { code: 'INTERNAL', message: 'secret words' } });

async function homeOfTwo(t: TestContext): Promise<Ground> {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const member = await addRaw(t, node, 'member.test');
  await member.call(node.url, 'POST', '/join', memberBody('member.test', room, '@user:member.test'));
  const told: Receipt[][] = [];
  raw.handlers.set('/receipts', ({ body }) => {
    told.push((JSON.parse(body) as { receipts: Receipt[] }).receipts);
    return { status: 200, body: { taken: 1 } };
  });
  return { ...siege, member, told };
}

const writes = async ({ node, raw, room }: Ground, text: string): Promise<string> => {
  const event = raw.message(room, text);
  assert.equal((await raw.post(node.url, event)).status, 202);
  return event.event_id;
};

const last = ({ told }: Ground, event_id: string): Receipt | undefined =>
  told.flat().findLast((one) => one.event_id === event_id);

const asked = ({ raw }: Ground): number => raw.requests.filter(({ path }) => path === receiptsPath).length;

test('an origin learns in one call which member servers have its events, and nobody else does', async (t) => {
  const ground = await homeOfTwo(t);
  const { node, member, room } = ground;
  const ids = [await writes(ground, 'one'), await writes(ground, 'two'), await writes(ground, 'three')];
  await node.api.postMessage({ room_id: room, body: 'of the home itself' });
  await until([node], 'the receipts', () => ground.told.length > 0);
  assert.deepEqual(
    ground.told.map((receipts) =>
      receipts.map(({ event_id, server_name, state }) => [event_id, server_name, state]),
    ),
    [ids.map((id) => [id, 'member.test', 'has'])],
  );
  assert.equal(member.requests.filter(({ path }) => path === receiptsPath).length, 0);
});

test('a failing member is reported with our own codes, and again when it has the event', async (t) => {
  const ground = await homeOfTwo(t);
  const { node, member } = ground;
  member.handlers.set('/event', fails);
  const id = await writes(ground, 'lost?');
  // On a busy machine, a report can come before the first attempt has ended.
  const first = await until([node], 'why not', () => {
    const one = last(ground, id);
    return one?.reason === null ? undefined : one;
  });
  assert.deepEqual([first.state, first.reason], ['waiting', 'failing']);
  assert.ok((first.next_attempt_at ?? 0) > first.at);
  assert.ok(!JSON.stringify(ground.told).includes('secret'));
  member.handlers.set('/event', takes);
  await node.api.retryOutbox({ destination: 'member.test' });
  await until([node], 'that it has it', () => last(ground, id)?.state === 'has');
});

test('events that a member refuses or holds, or that the home’s owner gives up, are reported as such', async (t) => {
  const ground = await homeOfTwo(t);
  const { node, member } = ground;
  const refuses =
    (details: object, status = 403): RawHandler =>
    () => ({
      status,
      body: { code: 'FORBIDDEN', message: 'no', details },
    });
  member.handlers.set('/event', refuses({ scope: 'event', held: true }));
  const held = await writes(ground, 'held');
  await until([node], 'held', () => last(ground, held)?.state === 'held');
  member.handlers.set('/event', refuses({ scope: 'event' }));
  const refused = await writes(ground, 'refused');
  const receipt = await until([node], 'refused', () => last(ground, refused));
  assert.deepEqual([receipt.state, receipt.reason], ['refused', 'rejected']);
  member.handlers.set('/event', fails);
  const dropped = await writes(ground, 'dropped');
  await until([node], 'it waits', () => last(ground, dropped)?.state === 'waiting');
  await node.api.giveUpOutbox({ destination: 'member.test', event_id: dropped });
  await until([node], 'given up', () => last(ground, dropped)?.state === 'gave_up');
});

test('events that a member fetches itself are reported as well', async (t) => {
  const ground = await homeOfTwo(t);
  const { node, member } = ground;
  member.handlers.set('/event', fails);
  const id = await writes(ground, 'fetch me');
  await until([node], 'it waits', () => last(ground, id)?.state === 'waiting');
  const page = await member.call(node.url, 'GET', '/queue');
  await member.call(node.url, 'GET', `/queue?after=${page.body.next}`);
  await until([node], 'that it has it', () => last(ground, id)?.state === 'has');
});

test('an origin that doesn’t answer gets its report later, when it calls, and only once', async (t) => {
  const ground = await homeOfTwo(t);
  const { node, raw, room } = ground;
  const listens = raw.handlers.get('/receipts')!;
  raw.handlers.set('/receipts', () => ({ status: 503, body: {} }));
  const id = await writes(ground, 'told later');
  await until([node], 'a failed call', () => asked(ground) === 1);
  raw.handlers.set('/receipts', listens);
  await raw.post(node.url, raw.message(room, 'here again'));
  await until([node], 'the receipts', () => last(ground, id)?.state === 'has');
  assert.equal(ground.told.flat().filter((one) => one.event_id === id).length, 1);
});

test('an origin that knows no such call is not asked again', async (t) => {
  const ground = await homeOfTwo(t);
  const { node, raw } = ground;
  raw.handlers.delete('/receipts');
  await writes(ground, 'unknown call');
  await until([node], 'a failed call', () => asked(ground) === 1);
  const listed = raw.extensions;
  raw.extensions = [];
  await node.api.addPeer({ endpoint: raw.url });
  await writes(ground, 'no call at all');
  raw.extensions = listed;
  await until([node], 'delivery', async () => (await node.api.outbox({})).items.length === 0);
  assert.equal(asked(ground), 1);
});

test('a repeated event isn’t reported again', async (t) => {
  const ground = await homeOfTwo(t);
  const { node, raw, room } = ground;
  const event = raw.message(room, 'twice');
  await raw.post(node.url, event);
  await until([node], 'the receipts', () => last(ground, event.event_id)?.state === 'has');
  assert.equal((await raw.call(node.url, 'POST', '/event', wireEvent(event))).body.inserted, false);
  const next = await writes(ground, 'next');
  await until([node], 'the next receipts', () => last(ground, next)?.state === 'has');
  assert.equal(ground.told.flat().filter((one) => one.event_id === event.event_id).length, 1);
});

test('reports due before a restart are sent after it', async (t) => {
  const ground = await homeOfTwo(t);
  const { node, raw, member } = ground;
  const listens = raw.handlers.get('/receipts')!;
  raw.handlers.set('/receipts', () => ({ status: 503, body: {} }));
  const id = await writes(ground, 'before the restart');
  await until([node], 'delivery', () => member.requests.some(({ body }) => body.includes(id)));
  await node.stop();
  assert.equal(ground.told.length, 0);
  raw.handlers.set('/receipts', listens);
  const back = await startLocalNode(t, { name: 'a.test', dataDir: node.dataDir, setUp: false });
  await until([back], 'the receipts', () => last(ground, id)?.state === 'has');
});

test('a caller gets reports about its own events only, until it confirms them', async (t) => {
  const ground = await homeOfTwo(t);
  const { node, raw, member } = ground;
  raw.handlers.set('/receipts', () => ({ status: 503, body: {} }));
  const id = await writes(ground, 'whose is it?');
  await until([node], 'a failed call', () => asked(ground) === 1);
  const ask = (by: RawPeer, after: number | string) => by.call(node.url, 'GET', `/receipts?after=${after}`);
  assert.deepEqual((await ask(member, 0)).body, { receipts: [], next: 0 });
  await ask(member, 999_999);
  const first = await ask(raw, 0);
  const mine = (first.body.receipts as Receipt[]).map(({ event_id, state }) => [event_id, state]);
  assert.deepEqual(mine, [[id, 'has']]);
  assert.deepEqual((await ask(raw, 0)).body.next, first.body.next, 'asking alone settles nothing');
  assert.deepEqual((await ask(raw, first.body.next as number)).body.receipts, []);
  assert.deepEqual((await ask(raw, 0)).body.receipts, []);
  for (const after of ['-1', '1.5', 'x', '9'.repeat(30)])
    assertError(await ask(raw, after), { status: 400, code: 'BAD_REQUEST' });
  const stranger = await new RawPeer('stranger.test').listen(t);
  assertError(await ask(stranger, 0), { status: 403 });
});

test('an event held by a member server isn’t shown as delivered', async (t) => {
  const { node, member, room } = await homeOfTwo(t);
  await until([node], 'nothing waits', async () => (await node.api.outbox({})).items.length === 0);
  assert.deepEqual((await node.api.lacking({})).items, []);
  member.handlers.set('/event', () => ({
    status: 403,
    body: { code: 'FORBIDDEN', message: 'no', details: { scope: 'event', held: true } },
  }));
  const { event_id } = await node.api.postMessage({ room_id: room, body: 'decide' });
  await until([node], 'held', async () => {
    const { delivery } = await node.api.event({ event_id });
    return delivery.destinations.some((one) => one.state === 'held');
  });
  const { items } = await node.api.lacking({});
  assert.deepEqual(
    items.map(({ server_name, via, held, waiting }) => [server_name, via, held, waiting]),
    [['member.test', null, 1, 0]],
  );
});
