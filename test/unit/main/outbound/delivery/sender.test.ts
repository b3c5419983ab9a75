import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FederationClient } from '../../../../../main/client/federation-client.ts';
import { noMeter } from '../../../../../main/kernel/meter.ts';
import { createSender } from '../../../../../main/outbound/delivery/sender.ts';
import type { OutboxRow } from '../../../../../main/store/outbox-port.ts';
import type { PeerDirectory } from '../../../../../main/trust/peer-directory.ts';
import { type JsonObject, parseJson } from '../../../../../shared/protocol/coding/json.ts';
import { wireEvent } from '../../../../../shared/protocol/events/envelope.ts';
import { said } from '../../../../../shared/words/said.ts';
import { refusalBody } from '../../../../support/refusal.ts';

test('each attempt waits longer for an answer, so that a slow peer gets the event in the end', async () => {
  const waited: (number | undefined)[] = [];
  const client = {
    call: async (_: unknown, call: { timeoutMs?: number }) => {
      waited.push(call.timeoutMs);
      return { kind: 'aborted' };
    },
  } as unknown as FederationClient;
  const peer = {
    server_name: 'slow.test',
    endpoint: 'https://slow.test',
    endpoint_by_owner: 0,
    tls_sha256: null,
  };
  const directory = {
    get: () => peer,
    isAllowed: () => true,
    isOfOurKind: () => null,
  } as unknown as PeerDirectory;
  const { one } = createSender({
    client,
    directory,
    clockOffsets: { around: () => ({ peerMs: null, othersMs: null }), of: () => null },
    leaves: { beforeSending: async () => null, joinAgain: async () => null },
    keyring: { serverName: 'us.test' },
    clock: { now: () => 0 },
    meter: noMeter,
  });
  const signal = new AbortController().signal;
  for (const attempts of [0, 1, 2, 3, 50]) await one('slow.test', row(1, { attempts }), signal);
  assert.deepEqual(waited, [15_000, 30_000, 60_000, 120_000, 120_000]);
});

const row = (id: number, change: Partial<OutboxRow> = {}) =>
  ({
    id,
    body: `{"n":${id}}`,
    origin: 'us.test',
    alsoSentTo: [],
    attempts: 0,
    ...change,
  }) as unknown as OutboxRow;
const clocks = { peerMs: 5, othersMs: 6 };
const now = 1_760_000_000_000;

interface World {
  readonly answer?: object;
  readonly isAllowed?: boolean;
  readonly endpoint?: string | null;
  /** The obstacle that stops an event before it is sent. */
  readonly before?: object | null;
  /** The kind of the server: one of ours, or an existing one, that looks at times or not. */
  readonly kind?: 'ours' | 'strict' | 'lax';
  /** The answers of the home to joins. */
  readonly rejoins?: ('joined' | 'refused' | null)[];
  /** The key of ours that the server was seen to accept. */
  readonly provedKey?: string;
}

/** A sender to `b.test`, what it called and what it noted about that server. */
function senderIn(world: World) {
  const { answer = {}, isAllowed = true, endpoint = 'https://b.test', before = null } = world;
  const { kind = 'ours', rejoins = [], provedKey: proved_key } = world;
  const calls: Record<string, unknown>[] = [];
  const notes: string[] = [];
  const signal = new AbortController().signal;
  const headers = { contentType: 'application/json' };
  const sender = createSender({
    client: {
      call: async (_: unknown, { signal: given, ...call }: Record<string, unknown>) => {
        assert.equal(given, signal);
        calls.push(call);
        return { kind: 'answer', status: 200, headers, body: '', ...answer };
      },
    } as unknown as FederationClient,
    directory: {
      get: (name: string) =>
        name === 'b.test'
          ? { server_name: name, endpoint, endpoint_by_owner: 0, tls_sha256: null, proved_key }
          : undefined,
      isAllowed: () => isAllowed,
      isOfOurKind: () => kind === 'ours',
      isStrict: () => kind === 'strict',
      answers: (name: string, what: string) => name === 'b.test' && what === 'events.batch',
      noteAnswered: (...what: string[]) => notes.push(['answered', ...what].join(' ')),
      noteUnanswered: (...what: string[]) => notes.push(['unanswered', ...what].join(' ')),
    } as unknown as PeerDirectory,
    clockOffsets: { around: () => clocks, of: () => clocks.peerMs },
    leaves: { beforeSending: async () => before as null, joinAgain: async () => rejoins.shift() ?? null },
    keyring: { serverName: 'us.test' },
    clock: { now: () => now },
    meter: { ...noMeter, together: (what: string, count: number) => void notes.push(`${what} ${count}`) },
  });
  return {
    calls,
    notes,
    sender,
    one: (each = row(1), to = 'b.test') => sender.one(to, each, signal),
    many: (...rows: OutboxRow[]) => sender.many('b.test', rows, signal, null),
  };
}

test('an event is posted alone, and many as one batch that says where else each goes', async () => {
  const { calls, notes, one, many, sender } = senderIn({});
  await one();
  await many(row(1, { alsoSentTo: ['c.test'] }), row(2, { attempts: 1 }));
  assert.deepEqual(calls, [
    {
      method: 'POST',
      path: '/event',
      body: '{"n":1}',
      timeoutMs: 15_000,
    },
    {
      method: 'POST',
      path: '/events',
      timeoutMs: 30_000,
      body: '{"events":[{"event":{"n":1},"sent_to":"c.test"},{"event":{"n":2}}]}',
    },
  ]);
  assert.deepEqual(notes.slice(0, 2), ['sent 1', 'sent 2']);
  assert.deepEqual([sender.takesMany('b.test'), sender.takesMany('c.test')], [true, false]);
});

test('an event goes alone in a batch if the home is told where else it goes, and without that if it takes no batch', async () => {
  const result = { status: 202, answer: { event_id: '$1:b.test', inserted: true } };
  const { calls, one } = senderIn({ answer: { body: JSON.stringify({ results: [result] }) } });
  const sent = await one(row(1, { alsoSentTo: ['c.test'] }));
  assert.deepEqual(
    calls.map(({ path, body }) => [path, body]),
    [['/events', '{"events":[{"event":{"n":1},"sent_to":"c.test"}]}']],
  );
  assert.equal(sent.kind === 'answer' && sent.status, 202);
  const refusing = senderIn({ answer: { status: 404 } });
  await refusing.one(row(1, { alsoSentTo: ['c.test'] }));
  assert.deepEqual(
    refusing.calls.map(({ path }) => path),
    ['/events', '/event'],
  );
});

test('nothing is sent to a server that is not trusted or has no address, or before what has to be said first', async () => {
  const stopped = { kind: 'answer', status: 403, headers: {}, body: '' };
  for (const [world, result] of [
    [{ isAllowed: false }, { kind: 'network', error: said('delivery.not_trusted', { server: 'b.test' }) }],
    [{ endpoint: null }, { kind: 'network', error: said('delivery.no_address', { server: 'b.test' }) }],
    [{ before: stopped }, stopped],
  ] as const) {
    const { calls, one } = senderIn(world);
    assert.deepEqual(await one(), result);
    assert.deepEqual(calls, []);
  }
  const { one } = senderIn({});
  const unknown = { kind: 'network', error: said('delivery.not_trusted', { server: 'c.test' }) };
  assert.deepEqual(await one(row(1), 'c.test'), unknown);
  const many = senderIn({ before: stopped });
  await many.many(row(1));
  assert.equal(many.calls.length, 1, 'servers that accept batches understand a leave');
});

test('a failure says whether our own network is gone, and a refused signature what is known about the clocks', async () => {
  for (const code of ['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN'])
    assert.equal(
      ((await senderIn({ answer: { kind: 'network', code } }).one()) as { offline?: boolean }).offline,
      true,
    );
  for (const code of ['ECONNREFUSED', undefined])
    assert.ok(!('offline' in (await senderIn({ answer: { kind: 'network', code } }).one())));
  assert.deepEqual(
    ((await senderIn({ answer: { status: 401 } }).one()) as { clocks?: object }).clocks,
    clocks,
  );
  assert.ok(!('clocks' in (await senderIn({ answer: { status: 403 } }).one())));
});

test('the answer to a batch is one answer for each event, as if it had been sent alone', async () => {
  const results = [
    { status: 202, answer: { a: 1 } },
    { status: 429, retry_after: 7, answer: { b: 2 } },
  ];
  const { many, notes } = senderIn({ answer: { body: JSON.stringify({ results }) } });
  const headers = { contentType: 'application/json' };
  assert.deepEqual(await many(row(1), row(2)), [
    { kind: 'answer', status: 202, headers: { ...headers, retryAfter: undefined }, body: '{"a":1}' },
    { kind: 'answer', status: 429, headers: { ...headers, retryAfter: '7' }, body: '{"b":2}' },
  ]);
  assert.deepEqual(notes, ['sent 2', 'answered b.test events.batch']);
});

test('a server that doesn’t know batches after all is sent one event at a time, and a busy one is asked again', async () => {
  for (const status of [200, 400, 404, 405, 413, 422]) {
    const { many, notes } = senderIn({ answer: { status, body: '{"results":[]}' } });
    assert.equal(await many(row(1)), null);
    assert.deepEqual(notes, ['sent 1', 'unanswered b.test events.batch']);
  }
  for (const answer of [{ status: 429 }, { status: 503 }, { kind: 'network', code: 'ECONNREFUSED' }]) {
    const { many, notes } = senderIn({ answer });
    const result = (await many(row(1))) as { kind: string };
    assert.equal(result.kind, answer.kind ?? 'answer');
    assert.deepEqual(notes, ['sent 1']);
  }
});

/** A message in a guild of the server. */
const guildRow = (change: object = {}, more: Partial<OutboxRow> = {}) => {
  const content = { body: 'hello', guild_id: '5' };
  const event = {
    event_id: '$1:us.test',
    room_id: '!5:b.test',
    sender: '@anna:us.test',
    event_type: 'm.message',
    state_key: null,
    origin_ts: now,
    depth: now,
    content,
  };
  return row(1, { eventType: 'm.message', body: JSON.stringify({ ...event, ...change }), ...more });
};

test('an existing server gets nothing that it would refuse or drop, and some events only later', async () => {
  const late = { origin_ts: now + 5, depth: now + 5 + 60_001 };
  for (const [kind, change, code, laterMs] of [
    ['strict', { content: { body: 'ä'.repeat(1001), guild_id: '5' } }, 'delivery.body_too_long', undefined],
    ['strict', { event_id: `$${'1'.repeat(255)}` }, 'delivery.id_too_long', undefined],
    ['strict', { content: { guild_id: '6' } }, 'delivery.other_guild', undefined],
    ['strict', { origin_ts: now - 7 * 86_400_000 }, 'delivery.too_old', undefined],
    // The server's clock is 5 ms ahead of ours.
    ['strict', late, 'delivery.ahead', 1001],
  ] as const) {
    const { calls, one } = senderIn({ kind });
    const result = await one(guildRow(change));
    assert.ok(result.kind === 'unfit');
    assert.deepEqual([result.reason.code, result.laterMs, calls], [code, laterMs, []]);
  }
  const { one } = senderIn({ kind: 'strict' });
  const relayed = await one(guildRow(late, { origin: 'other.test' }));
  assert.ok(relayed.kind === 'unfit' && relayed.laterMs === undefined, 'others don’t hold up ours');
  for (const [kind, change] of [
    ['lax', { content: { body: 'x'.repeat(2001), guild_id: '5' } }],
    ['lax', late],
    ['lax', { origin_ts: 5 }],
    ['strict', { depth: now + 60_005 }],
    ['strict', { content: { body: 'ä'.repeat(1000), guild_id: '5' } }],
    ['ours', { content: { body: 'x'.repeat(9000), guild_id: '5' } }],
  ] as const) {
    const { calls, one } = senderIn({ kind });
    await one(guildRow(change));
    assert.equal(calls.length, 1, kind);
  }
});

test('an event of ours goes to an existing server with one signature, by the key that it was seen to accept', async () => {
  const signatures = new Map([
    ['new', 'ab'.repeat(64)],
    ['old', 'cd'.repeat(64)],
  ]);
  const content = parseJson('{"guild_id":"5"}') as JsonObject;
  const ids = {
    event_id: '$5:us.test',
    room_id: '!5:us.test',
    sender: '@a:us.test',
    origin_server: 'us.test',
  };
  const event = { ...ids, event_type: 'm.poll', origin_ts: now, depth: now, state_key: null, content };
  const body = wireEvent({ ...event, contentText: '{"guild_id":"5"}', signatures });
  const sent = async (world: World, change: Partial<OutboxRow> = {}) => {
    const { calls, one } = senderIn(world);
    await one(row(1, { body, ...change }));
    return Object.keys(JSON.parse(String(calls[0]?.body)).signatures['us.test']);
  };
  for (const kind of ['strict', 'lax'] as const) {
    assert.deepEqual(await sent({ kind, provedKey: 'old' }), ['old']);
    assert.deepEqual(await sent({ kind, provedKey: 'new' }), ['new']);
    for (const world of [{ kind }, { kind, provedKey: 'oldest' }])
      assert.deepEqual(await sent(world), ['new', 'old']);
    assert.deepEqual(await sent({ kind, provedKey: 'old' }, { origin: 'c.test' }), ['new', 'old']);
  }
  assert.deepEqual(await sent({ kind: 'ours', provedKey: 'old' }), ['new', 'old']);
});

test('a refusal by an existing server that trusts us is about the event, after a join was tried', async () => {
  const answer = { status: 403, trustsUs: true, body: refusalBody() };
  const verdict = async (world: World) => {
    const { calls, one } = senderIn({ kind: 'strict', ...world });
    const result = await one(guildRow());
    return [result.kind === 'answer' && (result.verdict ?? null), calls.length];
  };
  assert.deepEqual(await verdict({ answer, rejoins: [null] }), ['refused', 1]);
  assert.deepEqual(await verdict({ answer, rejoins: ['refused'] }), ['removed', 1]);
  assert.deepEqual(await verdict({ answer, rejoins: ['joined'] }), ['refused', 2]);
  assert.deepEqual(await verdict({ answer: { ...answer, trustsUs: false } }), [null, 1]);
  assert.deepEqual(await verdict({ answer: { ...answer, body: 'denied by a firewall' } }), [null, 1]);
});

test('an event that we can’t read ourselves is refused as invalid, so it is given up and not sent again', async () => {
  const answer = { status: 400, body: refusalBody() };
  const { one } = senderIn({ answer });
  const result = await one(row(1, { body: '{"n":1' }));
  assert.deepEqual(result, { kind: 'unfit', reason: said('delivery.damaged') });
  assert.equal((await one(row(1))).kind, 'answer');
});

test('a change of a message that is gone there has nothing left to do', async () => {
  const gone = { status: 404, body: '{"code":"NOT_FOUND"}' };
  for (const [eventType, answer, verdict] of [
    ['m.reaction.add', gone, 'gone'],
    ['m.message.edit', gone, 'gone'],
    ['m.message', gone, undefined],
    ['m.reaction.add', { status: 404, body: '<html>' }, undefined],
  ] as const) {
    const { one } = senderIn({ kind: 'strict', answer });
    const result = await one(guildRow({}, { eventType }));
    assert.equal(result.kind === 'answer' && result.verdict, verdict, `${eventType} ${answer.body}`);
  }
});
