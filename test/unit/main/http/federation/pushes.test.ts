import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Authenticated } from '../../../../../main/http/federation/authenticate.ts';
import { type PushDeps, Pushes } from '../../../../../main/http/federation/pushes.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import type { Envelope } from '../../../../../shared/protocol/events/envelope.ts';
import { writeBatch } from '../../../../../shared/protocol/events/event-batch.ts';
import type { Reason } from '../../../../../shared/protocol/reasons.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';
import { refusedLater } from '../../../../support/words.ts';

const peer = 'peer.test';

/** An event as it is sent, by its number. */
const text = (n: number, { origin = peer, room = '!1:us.test', keys = ['k'] } = {}): string =>
  JSON.stringify({
    event_id: `$${n}:${origin}`,
    room_id: room,
    event_type: 'm.x',
    sender: `@a:${origin}`,
    origin_server: origin,
    origin_ts: n,
    content: {},
    depth: n,
    state_key: null,
    signatures: { [origin]: Object.fromEntries(keys.map((key) => [key, 'ab'.repeat(64)])) },
  });
const no = (code: 'FORBIDDEN' | 'RATE_LIMITED' | 'CONFLICT', reason?: Reason, retryAfterSeconds?: number) =>
  new ProtocolError(code, 'no', {
    ...(reason === undefined ? {} : { details: { reason } }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

/** Takes, by ID, the step at which an event fails, its outcome, and its meaning. */
function pushes(
  fails: Readonly<
    Record<string, { readonly at: 'verify' | 'pace' | 'work' | 'ingest'; readonly error: unknown }>
  > = {},
  outcomes: Readonly<Record<string, object>> = {},
  kinds: Readonly<Record<string, string>> = {},
) {
  const steps: unknown[] = [];
  const measured: unknown[] = [];
  const loads: number[] = [];
  const broken = new Map(Object.entries(fails));
  const fail = (id: string, at: string) => {
    const failure = broken.get(id);
    if (failure?.at === at) throw failure.error;
  };
  const stored = new Set<string>();
  let allowed = Number.POSITIVE_INFINITY;
  const deps = {
    authenticator: {
      checkRate: (origin: string) => {
        steps.push(['rate', origin]);
        if (allowed-- <= 0) throw no('RATE_LIMITED', undefined, 3);
      },
    },
    verifier: {
      verify: async (envelope: Envelope, hop: string, seen?: unknown) => {
        if (seen) steps.push(['before', envelope.event_id, seen]);
        steps.push(['verify', envelope.event_id, hop]);
        fail(envelope.event_id, 'verify');
        return { envelope, meaning: { kind: kinds[envelope.event_id] ?? 'message' } };
      },
    },
    pace: {
      load: (events: readonly unknown[]) => loads.push(events.length),
      check: ({ envelope }: { envelope: Envelope }) => fail(envelope.event_id, 'pace'),
    },
    budgets: {
      chargeWork: (origin: string, work: number) => work > 0 && steps.push(['work', origin, work]),
    },
    ingest: {
      ingest: async ({ envelope }: { envelope: Envelope }, arrival: object) => {
        steps.push(['ingest', envelope.event_id, arrival]);
        fail(envelope.event_id, 'ingest');
        stored.add(envelope.event_id);
        return outcomes[envelope.event_id] ?? { kind: 'inserted', destinations: [] };
      },
    },
    meter: { together: (group: string, events: number) => measured.push([group, events]) },
    store: { events: { byId: (id: string) => (stored.has(id) ? {} : undefined) } },
    clock: new VirtualClock(),
    directory: { notePushed: (origin: string) => steps.push(['pushed', origin]) },
  } as unknown as PushDeps;
  const before: unknown[] = [];
  const by = (body: string, quarantined = false) =>
    ({ origin: peer, text: body, signature: 's', quarantined, events: before }) as unknown as Authenticated;
  const all = new Pushes(deps);
  return {
    steps,
    measured,
    before,
    loads,
    mend: (id: string) => broken.delete(id),
    allow: (count: number) => {
      allowed = count;
    },
    of: (kind: string) => steps.filter((step) => (step as unknown[])[0] === kind),
    one: (body: string, quarantined = false) => all.one(by(body, quarantined)),
    many: async (events: readonly string[], sentTo: readonly string[] = [], after?: string) => {
      const batch = writeBatch(
        events.map((event) => ({ event, sentTo })),
        after,
      );
      const { status, body } = await all.many(by(batch));
      assert.equal(status, 200);
      return JSON.parse(body).results as {
        status: number;
        retry_after?: number;
        answer: Record<string, unknown>;
      }[];
    },
  };
}
const id = (n: number) => `$${n}:${peer}`;
const statuses = (results: readonly { readonly status: number }[]) => results.map(({ status }) => status);

test('an event is stored with its request, and answered with 202', async () => {
  const { one, steps } = pushes();
  const { status, body } = await one(text(1));
  assert.deepEqual([status, JSON.parse(body)], [202, { event_id: id(1), inserted: true }]);
  assert.deepEqual(steps, [
    ['verify', id(1), peer],
    ['work', peer, 1],
    ['ingest', id(1), { sentTo: [], replaySignature: 's' }],
    ['pushed', peer],
  ]);
});

test('a hop can’t say where another server’s event was sent, and hasn’t pushed one of its own', async () => {
  const { many, of } = pushes();
  await many([text(1, { origin: 'third.test' })], ['a.test']);
  assert.deepEqual(of('ingest'), [['ingest', '$1:third.test', { sentTo: [], replaySignature: 's' }]]);
  assert.deepEqual(of('pushed'), []);
});

test('events that change more cost more', async () => {
  for (const [kind, work] of [
    ['message', 1],
    ['edit', 1],
    ['membership', 5],
    ['room', 5],
    ['delete', 5],
  ] as const) {
    const { one, of } = pushes({}, {}, { [id(1)]: kind });
    await one(text(1));
    assert.deepEqual(of('work'), [['work', peer, work]]);
  }
});

test('each further signature of an event is charged as an event, even if all are invalid', async () => {
  const forged = { [id(2)]: { at: 'verify', error: no('FORBIDDEN') } } as const;
  const { one, many, of } = pushes(forged);
  const keys = ['k1', 'k2', 'k3', 'k4'];
  const charged = () =>
    of('work').reduce<number>((sum, step) => sum + (step as [string, string, number])[2], 0);
  await one(text(1, { keys }));
  assert.equal(charged(), 4);
  await assert.rejects(one(text(2, { keys })));
  assert.equal(charged(), 7);
  await many([text(3, { keys }), text(2, { keys }), text(4)]);
  assert.equal(charged(), 7 + 4 + 3 + 1);
});

test('each server that an event is passed on to costs its sender', async () => {
  const { one, many, of } = pushes(
    {},
    {
      [id(1)]: { kind: 'inserted', destinations: ['b.test', 'c.test', 'd.test'] },
      [id(2)]: { kind: 'duplicate', destinations: [] },
    },
  );
  await one(text(1));
  assert.deepEqual(of('work'), [
    ['work', peer, 1],
    ['work', peer, 3],
  ]);
  await many([text(2), text(1)]);
  assert.deepEqual(of('work').slice(2).flat().filter(Number), [1, 1, 3]);
});

test('an event that is refused or held is answered with why', async () => {
  const refusing = pushes({}, { [id(1)]: { kind: 'refused', error: no('CONFLICT', 'event_id_conflict') } });
  assert.deepEqual((await refusedLater(refusing.one(text(1))).catch(() => ['CONFLICT']))[0], 'CONFLICT');
  assert.deepEqual(refusing.of('pushed'), []);
  for (const [origin, quarantined, server] of [
    ['third.test', false, 'third.test'],
    ['third.test', true, peer],
  ] as const) {
    const holding = pushes({}, { [`$1:${origin}`]: { kind: 'held' } });
    assert.deepEqual(await refusedLater(holding.one(text(1, { origin }), quarantined)), [
      ...['FORBIDDEN', 'wire.held', { server }],
      { reason: 'origin_quarantined', scope: 'event', held: true },
    ]);
  }
});

test('an event of another form, or that comes too fast, is not stored', async () => {
  const { one, of } = pushes({ [id(1)]: { at: 'pace', error: no('RATE_LIMITED') } });
  await assert.rejects(one('{}'), ProtocolError);
  await assert.rejects(one(text(1)), { code: 'RATE_LIMITED' });
  assert.deepEqual([of('ingest'), of('work')], [[], []]);
});

test('the limits of the pace are loaded once for all events of a batch', async () => {
  const { one, many, loads } = pushes({ [id(3)]: { at: 'verify', error: no('FORBIDDEN') } });
  await many([text(1), text(2), text(3), text(4)]);
  await one(text(5));
  assert.deepEqual(loads, [3, 1]);
});

test('if the first events of a batch are refused, the first that is stored keeps the request', async () => {
  const { many, of } = pushes({ [id(1)]: { at: 'verify', error: no('FORBIDDEN') } });
  assert.deepEqual(statuses(await many(['{}', text(1), text(2), text(3)])), [400, 403, 202, 202]);
  assert.deepEqual(
    of('ingest').map((step) => 'replaySignature' in ((step as unknown[])[2] as object)),
    [true, false],
  );
});

test('events behind a waiting one wait too, in its room and nowhere else', async () => {
  for (const at of ['verify', 'pace'] as const) {
    const { many, of } = pushes({ [id(2)]: { at, error: no('RATE_LIMITED', undefined, 7) } });
    const results = await many([text(1), text(2), text(3), text(4, { room: '!2:us.test' }), text(5)]);
    assert.deepEqual(statuses(results), [202, 429, 429, 202, 429]);
    assert.equal(results[4]?.retry_after, 7);
    assert.deepEqual(
      of('ingest').map((step) => (step as unknown[])[1]),
      [id(1), id(4)],
    );
  }
  const lasting = pushes({ [id(1)]: { at: 'pace', error: no('FORBIDDEN') } });
  assert.deepEqual(statuses(await lasting.many([text(1), text(2)])), [403, 202], 'a refusal for good');
  for (const [code, status] of [
    ['SERVICE_UNAVAILABLE', 503],
    ['INTERNAL_ERROR', 500],
  ] as const) {
    const away = pushes({ [id(1)]: { at: 'pace', error: new ProtocolError(code, 'later') } });
    assert.deepEqual(statuses(await away.many([text(1), text(2)])), [status, status]);
  }
});

test('an event that has to wait is not looked at again', async () => {
  const events = pushes({
    [id(1)]: { at: 'pace', error: no('RATE_LIMITED', undefined, 7) },
    [id(2)]: { at: 'verify', error: no('FORBIDDEN', 'origin_unknown') },
  });
  assert.deepEqual(statuses(await events.many([text(1), text(2)])), [429, 429]);
  assert.equal(events.of('verify').length, 2);
});

test('the number of events in a request is measured', async () => {
  const { one, many, measured } = pushes();
  await one(text(1));
  await many([text(2), text(3)]);
  assert.deepEqual(measured, [
    ['received', 1],
    ['received', 2],
  ]);
});

test('events behind one that failed are not stored, whichever request they came in', async () => {
  const { many, mend, of } = pushes({ [id(2)]: { at: 'pace', error: no('RATE_LIMITED', undefined, 5) } });
  const other = text(5, { room: '!2:us.test' });
  const second = many([text(3), other, text(4)], [], id(2));
  assert.deepEqual(statuses(await many([text(1), text(2)])), [202, 429]);
  const results = await second;
  assert.deepEqual(statuses(results), [503, 202, 503]);
  assert.deepEqual(
    results.map(({ answer }) => (answer.details as { reason?: string } | null)?.reason),
    ['too_early', undefined, 'too_early'],
  );
  assert.deepEqual(
    of('ingest').map((step) => (step as string[])[1]),
    [id(1), id(5)],
  );
  mend(id(2));
  assert.deepEqual(statuses(await many([text(2), text(3), text(4)])), [202, 202, 202]);
});

test('an event that is refused for good does not hold up the next request', async () => {
  const { many } = pushes({ [id(2)]: { at: 'verify', error: no('FORBIDDEN') } });
  const second = many([text(3)], [], id(2));
  assert.deepEqual(statuses(await many([text(1), text(2)])), [202, 403]);
  assert.deepEqual(statuses(await second), [202]);
  assert.deepEqual(statuses(await many([text(4)], [], id(2))), [202], 'nor one that comes later');
});

test('an event whose server was unknown is looked at again after those before it', async () => {
  const unknown = { at: 'verify', error: no('FORBIDDEN', 'origin_unknown') } as const;
  const events = pushes({ [id(1)]: unknown, [id(2)]: unknown });
  const answering = events.many([text(1), text(2)]);
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  events.mend(id(1));
  events.mend(id(2));
  assert.deepEqual(statuses(await answering), [403, 202], 'nothing comes before the first');
  const other = pushes({ [id(2)]: { at: 'verify', error: no('FORBIDDEN', 'not_a_member') } });
  await other.many([text(1), text(2)]);
  assert.equal(other.of('verify').length, 2, 'another refusal stays');
});

test('a fault of this node is the answer to the whole request', async () => {
  const full = new Error('disk full');
  for (const at of ['verify', 'pace', 'ingest'] as const)
    for (const n of [1, 2])
      await assert.rejects(pushes({ [id(n)]: { at, error: full } }).many([text(1), text(2)]), full);
  const { many } = pushes({}, { [id(1)]: { kind: 'refused', error: full } });
  await assert.rejects(many([text(1)]), full);
});
