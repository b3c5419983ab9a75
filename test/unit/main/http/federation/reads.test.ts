import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { blocksOf } from '../../../../../main/events/room-digest.ts';
import { underWay } from '../../../../../main/http/federation/byte-shares.ts';
import { digestRate, Reads, type ReadsDeps } from '../../../../../main/http/federation/reads.ts';
import type { FederationRequest } from '../../../../../main/http/federation/request.ts';
import { writeErased } from '../../../../../main/store/erased-body.ts';
import type { EventRow } from '../../../../../main/store/tables/rooms/event-store.ts';
import { fromPlain, type JsonObject } from '../../../../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { digestLimits } from '../../../../../shared/protocol/events/digest.ts';
import { redactedText } from '../../../../../shared/protocol/events/redaction.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { orderEnd } from '../../../../../shared/protocol/room-state.ts';
import { said } from '../../../../../shared/words/said.ts';
import { refused } from '../../../../support/words.ts';

const now = 1_700_000_000_000;
const origin = 'peer.test';
const roomId = '!1:us.test';

/** The event that arrived as number `n`, at depth `n`. */
function row(n: number, change: Partial<EventRow> = {}): EventRow {
  const fields = { event_id: `$${n}:a.test`, room_id: roomId, origin_ts: now, depth: n };
  return { seq: n, ...fields, body: `{"n":${n},"depth":${n}}`, ...change } as EventRow;
}

const place = {
  event_id: '$2:a.test',
  room_id: roomId,
  event_type: 'm.message',
  sender: '@a:a.test',
  origin_server: 'a.test',
  origin_ts: now,
  depth: 2,
  state_key: null,
  content: fromPlain({ channel_id: '1' }) as JsonObject,
};
const erased = row(2, { body: writeErased(place, { why: 'deleted', at: 5, hash: null }, null) });

function readsFor(rows: readonly EventRow[]) {
  const asked: unknown[][] = [];
  const note = <T>(value: T, ...ask: unknown[]): T => {
    asked.push(ask);
    return value;
  };
  const told: unknown[] = [];
  const charged: [string, number][] = [];
  const worked: [string, number][] = [];
  /** Depths that the asker may read; null stands for the room itself. */
  const closed = new Set<number | null>();
  const behind = { count: 5 };
  /** How many rows are in a stretch of the room, with erased ones. */
  const looked = { rows: rows.length, asked: [] as unknown[][] };
  const peer = { form: null as 'bare' | 'addressed' | null };
  const room = { row: { room_id: roomId }, servers: new Set<string>() };
  const deps = {
    store: {
      events: {
        byId: (id: string) => rows.find((each) => each.event_id === id),
        afterPlace: (...args: unknown[]) => note(rows, 'place', ...args),
        between: (...args: unknown[]) => note(rows, 'between', ...args),
        placed: (...args: unknown[]) =>
          note({ rows, isAll: rows.length < digestLimits.eventsMax }, 'placed', ...args),
        rowsBetween: (...args: unknown[]) => {
          looked.asked.push(args);
          return looked.rows;
        },
        afterSeq: (...args: unknown[]) => note(rows, 'seq', ...args),
        countAfterSeq: (...args: unknown[]) => note(behind.count, 'count', ...args),
        lastSeq: () => 3,
      },
      meta: { get: (key: string) => (key === 'epoch' ? 'e1' : undefined) },
    },
    registry: {
      get: (id: string) => (id === roomId ? room : undefined),
      readAccessOf: (_: object, server: string) =>
        server === origin && !closed.has(null)
          ? { includes: (depth: number) => !closed.has(depth), rows: 20 }
          : null,
    },
    budgets: {
      chargeBytes: (server: string, bytes: number) => charged.push([server, bytes]),
      chargeWork: (server: string, units: number) => worked.push([server, units]),
    },
    directory: {
      isOfOurKind: () => (peer.form === null ? null : false),
      serverOf: (name: string) => name,
      get: () => peer,
    },
    clock: { now: () => now },
    tell: (fact: object) => told.push(fact),
  } as unknown as ReadsDeps;
  const reads = new Reads(deps);
  const request = (query: Record<string, string>, event_id?: string) =>
    ({
      query: new URLSearchParams(query),
      params: event_id === undefined ? {} : { event_id },
    }) as unknown as FederationRequest;
  return {
    asked,
    told,
    charged,
    worked,
    closed,
    behind,
    looked,
    room,
    reads,
    peer,
    event: (id?: string, by = origin) => reads.event(by, request({}, id)),
    page: (query: Record<string, string>) =>
      reads.events(origin, request({ room_id: roomId, ...query })).body,
    digest: (query: Record<string, string>) => reads.digest(origin, request(query)),
  };
}

test('a damaged event is left out of a page, is reported, and spoils nothing else', async () => {
  const broken = row(2, { body: '{"n":2,"depth"' });
  const { told, page, event } = readsFor([row(1), broken, row(3)]);
  const sound = [row(1), row(3)].map(({ body }) => JSON.parse(body) as unknown);
  const queries: Record<string, string>[] = [{}, { since: 'e1.0' }];
  for (const query of queries) assert.deepEqual(JSON.parse(page(query)).events, sound, JSON.stringify(query));
  assert.deepEqual(told, Array(2).fill({ fact: 'event-unreadable', eventId: '$2:a.test' }));
  assert.equal(refused(() => event('$2:a.test'))[0], 'NOT_FOUND');
});

test('a page without events ends where it began', () => {
  const { page } = readsFor([]);
  assert.equal(page({}), '{"events":[],"next_depth":0,"next_event_id":null}');
  assert.equal(page({ since_depth: '7' }), '{"events":[],"next_depth":7,"next_event_id":null}');
  assert.equal(
    page({ since_depth: '7', since_event_id: '$7:a.test' }),
    '{"events":[],"next_depth":7,"next_event_id":"$7:a.test"}',
  );
  assert.throws(() => page({ since_event_id: 'x' }), ProtocolError);
});

test('the existing server gets what it accepts, and isn’t held up by a page that it refuses', () => {
  const rows = [row(1), row(2)];
  const { page, asked, peer } = readsFor(rows);
  const begins = (limit: string) => {
    asked.length = 0;
    page({ since_depth: '0', limit });
    const [[, , from, , window] = []] = asked;
    return { from, window };
  };
  const start = { depth: 0, eventId: orderEnd.eventId };
  for (const form of ['bare', null] as const) {
    peer.form = form;
    for (let n = 0; n < 5; n++) assert.deepEqual(begins('2').from, start, 'older releases, and strangers');
  }
  peer.form = 'addressed';
  assert.deepEqual(begins('2').window, { oldest: now - limits.otherAgeMsMax, latest: now });
  for (let n = 0; n < 2; n++) assert.deepEqual(begins('2').from, start, 'its client tries three times');
  assert.deepEqual(begins('2').from, { depth: 2, eventId: '$2:a.test' });
  for (let n = 0; n < 5; n++) begins('3');
  assert.deepEqual(begins('3').from, { depth: 2, eventId: '$2:a.test' }, 'the last page isn’t full');
});

test('a room is read by depth as far as our clock has come, without events that aren’t for the reader', () => {
  const { page, asked, closed } = readsFor([row(1), row(2), row(3)]);
  closed.add(2);
  const shown = '{"events":[{"n":1,"depth":1},{"n":3,"depth":3}],"next_depth":3,"next_event_id":"$3:a.test"}';
  assert.equal(page({}), shown);
  assert.equal(page({ since_depth: '7', limit: '5', since_event_id: '$7:a.test' }), shown);
  const window = { oldest: 0, latest: now + limits.aheadMsMax };
  assert.deepEqual(asked, [
    ['place', roomId, { depth: -1, eventId: orderEnd.eventId }, limits.eventsPageDefault, window],
    ['place', roomId, { depth: 7, eventId: '$7:a.test' }, 5, window],
  ]);
});

test('a reader is charged for all rows that were looked at, however few it gets', () => {
  const rows = Array.from({ length: 80 }, (_, n) => row(n));
  const bytes = rows.reduce((sum, { body }) => sum + body.length, 0);
  const queries: Record<string, string>[] = [{}, { since: '' }];
  for (const query of queries) {
    const { page, closed, charged, worked } = readsFor(rows);
    const answer = page(query);
    const work = (20 + rows.length) / limits.rowsPerWork;
    const total = (all: readonly (readonly [string, number])[]) => all.reduce((sum, [, n]) => sum + n, 0);
    assert.deepEqual([total(charged), total(worked)], [answer.length, work]);
    for (const { depth } of rows) closed.add(depth);
    charged.length = 0;
    worked.length = 0;
    const nothing = page(query);
    assert.deepEqual([total(charged), total(worked)], [bytes + nothing.length, work]);
  }
  const { digest, closed, worked } = readsFor(rows);
  for (const { depth } of rows) closed.add(depth);
  digest({ room_id: roomId, since_depth: '0', until_depth: '90' });
  assert.deepEqual(worked, [
    [origin, 20 / limits.rowsPerWork],
    [origin, rows.length / limits.rowsPerWork],
  ]);
});

test('erased events that a reading by depth passes over are charged, too', () => {
  const one = 20 / limits.rowsPerWork;
  const { page, digest, looked, worked, closed } = readsFor([row(1), row(2)]);
  looked.rows = 5000;
  page({ limit: '2' });
  page({ limit: '3', since_depth: '1' });
  page({ until_depth: '9', limit: '2' });
  for (const depth of [1, 2]) closed.add(depth);
  digest({ room_id: roomId, since_depth: '0', until_depth: '9' });
  assert.deepEqual(
    worked.map(([, work]) => work),
    [one, 50, one, 50, one, 50, one, 50],
  );
  assert.deepEqual(looked.asked, [
    [roomId, -2, 2],
    [roomId, 0, now + limits.aheadMsMax],
    [roomId, -1, 2],
    [roomId, 0, 9],
  ]);
});

test('a member that asks learns how many events follow a page, unless they are too many to count', () => {
  const { page, asked, room, closed } = readsFor([row(1), row(3)]);
  const full = { since: '', limit: '2', count: '1' };
  const left = (query: Record<string, string>) => JSON.parse(page(query)).left as number | undefined;
  assert.equal(left(full), undefined, 'not a server without a member');
  room.servers.add(origin);
  assert.equal(left(full), 5);
  assert.deepEqual(
    asked.filter(([what]) => what === 'count'),
    [['count', roomId, 3, 100_000]],
  );
  for (const query of [
    { since: '', limit: '2' },
    { ...full, count: '2' },
    { ...full, limit: '3' },
  ])
    assert.equal(left(query as Record<string, string>), undefined);
  closed.add(1);
  assert.equal(JSON.parse(page(full)).more, false, 'the first event is withheld');
  const large = readsFor([row(1), row(3)]);
  large.room.servers.add(origin);
  large.behind.count = 100_000;
  assert.equal(JSON.parse(large.page(full)).left, undefined);
});

test('the token stays where it was if there is nothing new, and before the first event that is withheld', () => {
  const none = readsFor([]);
  assert.equal(none.page({ since: 'e1.7' }), '{"events":[],"erased":[],"next":"e1.7","more":false}');
  const { page, closed } = readsFor([row(1), row(3), row(4)]);
  closed.add(3);
  assert.equal(
    page({ since: '', limit: '3' }),
    '{"events":[{"n":1,"depth":1},{"n":4,"depth":4}],"erased":[],"next":"e1.1","more":false}',
  );
  closed.add(1);
  assert.match(page({ since: 'e1.0' }), /"next":"e1\.0"/);
});

test('a reader by arrival gets the placeholders of erased events, and a reader by depth gets nothing', () => {
  const { page } = readsFor([row(1), erased, { ...erased, seq: 3 }]);
  const left = redactedText(place, 'deleted');
  assert.equal(
    page({ since: '' }),
    `{"events":[{"n":1,"depth":1}],"erased":[${left},${left}],"next":"e1.3","more":false}`,
  );
  assert.equal(page({}), '{"events":[{"n":1,"depth":1}],"next_depth":2,"next_event_id":"$2:a.test"}');
});

test('a server that doesn’t read its answers gets no more until they are sent', () => {
  const { reads, charged } = readsFor([]);
  const body = 'é'.repeat(underWay.each / 2);
  const answer = reads.answerTo(origin, () => ({ status: 200, body }));
  assert.deepEqual(charged, [[origin, underWay.each]]);
  let made = 0;
  const more = () => reads.answerTo(origin, () => ({ status: 200, body: String(++made) }));
  assert.throws(more, (error) => {
    assert.ok(error instanceof ProtocolError);
    const { code, retryAfterSeconds, said: why } = error;
    assert.deepEqual(
      [code, retryAfterSeconds, why],
      ['RATE_LIMITED', 1, said('wire.under_way', { server: origin })],
    );
    return true;
  });
  assert.equal(made, 0);
  assert.equal(reads.answerTo('other.test', () => ({ status: 200, body: '{}' })).body, '{}');
  answer.sent?.();
  assert.equal(more().body, '1');
  assert.deepEqual(underWay, { total: limits.underWayBytes.total, each: limits.underWayBytes.perPeer });
});

test('a digest covers events that the asker may read, as far as they could be looked at, at a bounded rate', () => {
  const rows = Array.from({ length: digestLimits.eventsMax }, (_, n) => ({
    ...row(n),
    hash: hash('sha256', String(n), 'buffer'),
  }));
  const { digest, closed, asked } = readsFor(rows);
  const query = { room_id: roomId, since_depth: '0', until_depth: '9' };
  assert.equal(
    digest(query).body,
    JSON.stringify({ blocks: blocksOf(rows, rows.at(-1)?.depth ?? 0, false) }),
  );
  assert.deepEqual(asked, [['placed', roomId, 0, 9, digestLimits]]);
  const few = readsFor(rows.slice(0, 3));
  few.closed.add(1);
  const mine = rows.slice(0, 3).filter(({ depth }) => depth !== 1);
  assert.equal(few.digest(query).body, JSON.stringify({ blocks: blocksOf(mine, 9, true) }));
  const hidden = readsFor(rows);
  for (const { depth } of rows) hidden.closed.add(depth);
  assert.equal(
    hidden.digest(query).body,
    JSON.stringify({ blocks: blocksOf([], rows.at(-1)?.depth ?? 0, false) }),
    'it goes on behind what may not be read',
  );
  assert.deepEqual(
    (refused(() => digest({ ...query, until_depth: 'x' }))[2] as { name: string }).name,
    'until_depth',
  );
  assert.equal(refused(() => digest({ room_id: '!2:us.test' }))[1], 'wire.no_room');
  assert.equal(refused(() => digest({}))[1], 'id.room');
  closed.add(null);
  assert.equal(refused(() => digest(query))[1], 'wire.no_member');
  closed.clear();
  for (let n = 5; n < digestRate.burst; n++) digest(query);
  assert.deepEqual(
    refused(() => digest(query)),
    ['RATE_LIMITED', 'wire.rate_digest', { seconds: 2 }],
  );
});
