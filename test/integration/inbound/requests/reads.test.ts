import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import { addRaw } from '../../../support/attack/home.ts';
import {
  assertError,
  besiege,
  HandClock,
  joins,
  memberBody,
  refused,
  type Siege,
  user,
} from '../../../support/attack/node.ts';
import { ask } from '../../../support/attack/socket.ts';
import type { RawAnswer, RawPeer } from '../../../support/parties/raw-peer.ts';
import { countStatements } from '../../../support/statement-counter.ts';

const closed = { status: 403, code: 'FORBIDDEN', reason: 'room_closed', proven: true } as const;
const absent = { status: 404, code: 'NOT_FOUND', proven: true } as const;
const badRequest = { status: 400, code: 'BAD_REQUEST', proven: true } as const;

const one = ({ node }: Siege, by: RawPeer, id: string): Promise<RawAnswer> =>
  by.call(node.url, 'GET', `/event/${encodeURIComponent(id)}`);

const page = ({ node, room }: Siege, by: RawPeer, query = ''): Promise<RawAnswer> =>
  by.call(node.url, 'GET', `/events?room_id=${room}${query}`);

const idsOf = (answer: RawAnswer): string[] => {
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return (answer.body.events as { event_id: string }[]).map(({ event_id }) => event_id);
};

const send = async ({ node, raw, room }: Siege, text: string): Promise<Envelope> => {
  const event = raw.message(room, text);
  assert.equal((await raw.post(node.url, event)).status, 202);
  return event;
};

test('a server without a member ever reads nothing', async (t) => {
  const siege = await besiege(t);
  const other = await addRaw(t, siege.node, 'other.test');
  const event = await send(siege, 'not for you');
  // The answer is that of an unknown event, so the asker learns nothing about the room.
  const missing = '$404:a.test';
  const answers: string[] = [];
  for (const id of [event.event_id, missing]) {
    const answer = await refused(siege, absent, () => one(siege, other, id));
    answers.push(JSON.stringify(answer.body).replaceAll(id, 'ID'));
  }
  assert.equal(answers[0], answers[1]);
  for (const query of ['', '&since=0', '&since_depth=0', '&since_depth=9999999999999'])
    await refused(siege, closed, () => page(siege, other, query));
});

test('a server that left can read what was written while it was a member, and nothing later', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  const other = await addRaw(t, node, 'other.test');
  assert.equal((await joins({ ...siege, raw: other }, '@user:other.test')).status, 200);
  const during = await send(siege, 'while in');
  const leave = await other.call(
    node.url,
    'POST',
    '/leave',
    memberBody('other.test', room, '@user:other.test'),
  );
  assert.equal(leave.body.left, true);
  const own = await node.api.postMessage({ room_id: room, body: 'after' });
  const after = await send(siege, 'after too');
  assert.equal((await one(siege, other, during.event_id)).status, 200);
  for (const id of [own.event_id, after.event_id]) {
    await refused(siege, closed, () => one(siege, other, id));
    for (const query of ['', '&since=0', `&since_depth=${during.depth}`])
      assert.ok(!idsOf(await page(siege, other, query)).includes(id), query);
  }
  assert.ok(idsOf(await page(siege, other)).includes(during.event_id));
  // A member gets everything.
  assert.ok(idsOf(await page(siege, siege.raw)).includes(after.event_id));
});

test('a GET by a server that left costs the same, however many users it had and events there are', async (t) => {
  const count = countStatements(t);
  const siege = await besiege(t);
  const { node, room } = siege;
  const other = await addRaw(t, node, 'other.test');
  const comeAndGo = async (users: number) => {
    for (let i = 0; i < users; i++) {
      const who = `@user${i}:other.test`;
      assert.equal((await joins({ ...siege, raw: other }, who)).status, 200);
      await other.call(node.url, 'POST', '/leave', memberBody('other.test', room, who));
    }
  };
  const statementsOf = async () => {
    const costs: number[] = [];
    for (const path of [
      `/events?room_id=${room}&since_depth=0&limit=1000`,
      `/events?room_id=${room}&since=0&limit=1000`,
      `/digest?room_id=${room}&since_depth=0&until_depth=${Number.MAX_SAFE_INTEGER}`,
    ]) {
      await node.api.changeSettings({});
      count();
      assert.equal((await other.call(node.url, 'GET', path)).status, 200);
      costs.push(count().statements);
    }
    return costs;
  };
  await comeAndGo(2);
  const few = await statementsOf();
  await comeAndGo(30);
  for (let i = 0; i < 100; i++) await send(siege, `after ${i}`);
  const many = await statementsOf();
  for (const [i, before] of few.entries())
    assert.ok((many[i] ?? 0) < before + 40, `${before} statements became ${many[i]}`);
});

test('unknown events are 404, with the same answer for every server', async (t) => {
  const siege = await besiege(t);
  const other = await addRaw(t, siege.node, 'other.test');
  for (const by of [siege.raw, other]) {
    assertError(await one(siege, by, '$404:a.test'), { status: 404, code: 'NOT_FOUND' });
    assertError(await by.call(siege.node.url, 'GET', '/events?room_id=!404:a.test'), { status: 404 });
  }
});

test('limit is 1 to 1000 and since_depth a whole number', async (t) => {
  const siege = await besiege(t);
  for (const limit of ['0', '1001', '-1', '1.5', '', 'x', '1e2', '99999999999999999999', '%31%30x', 'NaN'])
    await refused(siege, badRequest, () => page(siege, siege.raw, `&limit=${limit}`));
  for (const depth of ['', 'x', '1.5', '1e3', '99999999999999999', '--1', 'Infinity'])
    await refused(siege, badRequest, () => page(siege, siege.raw, `&since_depth=${depth}`));
  for (const limit of ['1', '1000'])
    assert.equal((await page(siege, siege.raw, `&limit=${limit}`)).status, 200);
  assert.equal(idsOf(await page(siege, siege.raw, '&limit=1')).length, 1);
  for (const query of ['', '?room_id=', '?room_id=x', '?room_id=!1', `?room_id=${siege.room}%00`])
    await refused(siege, badRequest, () => siege.raw.call(siege.node.url, 'GET', `/events${query}`));
});

test('the plain form reads by depth, upwards from the given place', async (t) => {
  const siege = await besiege(t);
  const sent: Envelope[] = [];
  for (let i = 0; i < 5; i++) sent.push(await send(siege, `number ${i}`));
  const after = idsOf(await page(siege, siege.raw, `&since_depth=${sent[1]?.depth}`));
  assert.deepEqual(
    after,
    sent.slice(2).map(({ event_id }) => event_id),
  );
  const depths = ((await page(siege, siege.raw)).body.events as { depth: number }[]).map(
    ({ depth }) => depth,
  );
  assert.deepEqual(
    depths,
    [...depths].sort((a, b) => a - b),
  );
  assert.deepEqual(idsOf(await page(siege, siege.raw, `&since_depth=${Number.MAX_SAFE_INTEGER}`)), []);
});

test('tokens continue by arrival, and one of another database starts over', async (t) => {
  const siege = await besiege(t);
  const first = await page(siege, siege.raw, '&since=0&limit=2');
  assert.equal(first.body.more, true);
  const token = String(first.body.next);
  const late = siege.raw.message(siege.room, 'late, with a low depth', { depth: 0 });
  const stamped = await send(siege, 'in time');
  await siege.raw.post(siege.node.url, late);
  const rest = idsOf(await page(siege, siege.raw, `&since=${token}`));
  assert.ok(rest.includes(stamped.event_id));
  const all = idsOf(await page(siege, siege.raw, '&since=0'));
  const [epoch = '', seq = ''] = token.split('.');
  const strange = [
    'ffffffffffffffff.5',
    `.${seq}`,
    epoch,
    `${epoch}.`,
    `${epoch}.-1`,
    `${epoch}.1e9`,
    `${epoch}.99999999999999999999`,
    `${epoch}.0x1`,
    '',
    '" OR 1=1 --',
    '%00',
    'x'.repeat(2000),
  ];
  for (const since of strange)
    assert.deepEqual(idsOf(await page(siege, siege.raw, `&since=${encodeURIComponent(since)}`)), all, since);
  assert.deepEqual(idsOf(await page(siege, siege.raw, `&since=${epoch}.999999999999999`)), []);
});

test('an answer stays small enough to be accepted, however large the events are', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const body = 'x'.repeat(limits.contentBytesMax - 800);
  const sent: string[] = [];
  for (let i = 0; i < 20; i++) {
    const event = raw.message(room, body);
    assert.equal((await raw.call(node.url, 'POST', '/event', wireEvent(event))).status, 202);
    sent.push(event.event_id);
  }
  for (const form of ['since', 'since_depth'] as const) {
    const got: string[] = [];
    let from = '0';
    for (let round = 0; round < 60 && !sent.every((id) => got.includes(id)); round++) {
      const answer = await page(siege, raw, `&limit=1000&${form}=${from}`);
      assert.ok(JSON.stringify(answer.body).length <= 16 * 1_048_576, 'larger than a peer would take');
      got.push(...idsOf(answer));
      const events = answer.body.events as { depth: number }[];
      if (form === 'since') assert.equal(answer.body.more, !sent.every((id) => got.includes(id)));
      from = form === 'since' ? String(answer.body.next) : String(events.at(-1)?.depth);
    }
    assert.ok(
      sent.every((id) => got.includes(id)),
      form,
    );
    assert.equal(new Set(got).size, got.length, 'nothing twice');
  }
});

test('one member on the peer is enough', async (t) => {
  const siege = await besiege(t);
  assert.equal((await joins(siege, '@second:raw.test')).status, 200);
  const { node, raw, room } = siege;
  assert.equal(
    (await raw.call(node.url, 'POST', '/leave', memberBody('raw.test', room, user))).body.left,
    true,
  );
  const own = await node.api.postMessage({ room_id: room, body: 'for the second' });
  assert.equal((await one(siege, raw, own.event_id)).status, 200);
});

test('an event at the end of time is withheld from readers by depth, until our clock gets there', async (t) => {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  const { raw, node, room } = siege;
  const inFuture = clock.time + 3_600_000;
  const atTheEnd = (body: string) => raw.message(room, body, { depth: Number.MAX_SAFE_INTEGER });
  const hidden = atTheEnd('behind a key with the name of the field');
  const signature = 'ab'.repeat(64);
  const ahead = [
    atTheEnd('at the end of time'),
    raw.message(room, 'an hour ahead', { origin_ts: inFuture, depth: inFuture }),
    raw.message(room, 'an hour ahead by its time alone', { origin_ts: inFuture, depth: clock.time + 60_000 }),
    { ...hidden, signatures: new Map([...hidden.signatures, ['a', signature], ['depth', signature]]) },
  ];
  for (const event of ahead) assert.equal((await raw.post(node.url, event)).status, 202);
  const now = raw.message(room, 'now');
  assert.equal((await raw.post(node.url, now)).status, 202);
  const read = async () => {
    const target = `${federationPrefix}/events?room_id=${room}&since_depth=-1&limit=1000`;
    const headers = Object.entries(raw.headers('GET', target, '', clock.time));
    return idsOf(await ask(node.url, 'GET', target, headers));
  };
  const ids = await read();
  assert.ok(ids.includes(now.event_id));
  assert.deepEqual(
    ahead.filter(({ event_id }) => ids.includes(event_id)),
    [],
  );
  // Servers that read in order of arrival get the event, because it does them no harm.
  const byArrival = idsOf(await page(siege, raw, '&since=0&limit=1000'));
  assert.ok(ahead.every(({ event_id }) => byArrival.includes(event_id)));
});

test('a page by arrival says how much is left if asked, to servers with a member in the room', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  const other = await addRaw(t, node, 'other.test');
  assert.equal((await joins({ ...siege, raw: other }, '@user:other.test')).status, 200);
  for (const text of ['one', 'two', 'three']) await send(siege, text);
  const all = await page(siege, siege.raw, '&since=0&count=1');
  assert.equal(all.body.left, undefined, 'nothing is');
  const unasked = await page(siege, siege.raw, '&since=0&limit=2');
  assert.deepEqual([unasked.body.more, unasked.body.left], [true, undefined]);
  const some = await page(siege, siege.raw, '&since=0&limit=2&count=1');
  assert.deepEqual([some.body.more, some.body.left], [true, idsOf(all).length - 2]);
  const leaving = memberBody('other.test', room, '@user:other.test');
  assert.equal((await other.call(node.url, 'POST', '/leave', leaving)).status, 200);
  const left = await page(siege, other, '&since=0&limit=1&count=1');
  assert.equal(left.body.left, undefined, 'what came later is not for a server that left');
});
