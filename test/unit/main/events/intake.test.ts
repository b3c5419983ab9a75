import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Intake, type IntakeDeps } from '../../../../main/events/intake.ts';
import type { PeerRow } from '../../../../main/store/tables/peer-store.ts';
import { type JsonValue, parseJson } from '../../../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';
import { envelopeFrom, wireEvent } from '../../../../shared/protocol/events/envelope.ts';

const event = parseJson(
  '{"event_id":"$1:b.test","room_id":"!1:b.test","event_type":"m.message","sender":"@b:b.test","origin_server":"b.test","origin_ts":1,"content":{},"depth":1,"signatures":{"b.test":{"k":"' +
    'ab'.repeat(64) +
    '"}}}',
);
const peer = { server_name: 'b.test' } as PeerRow;

const intakeThat = (verify: () => Promise<never>) =>
  new Intake({
    store: {
      events: { storedOf: () => new Map(), bodiesOf: () => new Map() },
      outbox: { deadAmong: () => [] },
    },
    verifier: { verify },
    ingest: {},
    pace: { load: () => ({}) },
    directory: { isOfOurKind: () => true },
    log: { debug: () => {} },
  } as unknown as IntakeDeps);

test('an invalid event is skipped, and the events behind it are read', async () => {
  const taken = await intakeThat(() => Promise.reject(new ProtocolError('BAD_REQUEST', 'no'))).takeIn(peer, [
    event,
  ]);
  assert.deepEqual(taken, {
    inserted: 0,
    known: 0,
    own: 0,
    transient: false,
    delayed: false,
    closed: false,
    unverified: [],
  });
});

test('an event that this node couldn’t check, because of a missing thread or a full disk, doesn’t count as read', async () => {
  for (const error of [
    new ProtocolError('SERVICE_UNAVAILABLE', 'later'),
    new ProtocolError('INTERNAL_ERROR', 'later'),
    Object.assign(new Error('too many'), { code: 'EMFILE' }),
  ])
    await assert.rejects(intakeThat(() => Promise.reject(error)).takeIn(peer, [event]), error);
});

/** An intake that knows some events. The fate of the others is given by their ids. */
function intakeWhere(world: {
  readonly known?: readonly string[];
  readonly refused?: Readonly<Record<string, ProtocolError>>;
  readonly unverified?: Readonly<Record<string, ProtocolError>>;
  readonly tooFast?: readonly string[];
  readonly kind?: boolean;
  /** Known ones whose text here is not the ordinary one. */
  readonly stored?: Readonly<Record<string, JsonValue>>;
  /** Events that the peer refused once. */
  readonly dead?: readonly string[];
}) {
  const arrived: unknown[] = [];
  const facts: object[] = [];
  const logged: object[] = [];
  const ingested: string[] = [];
  const intake = new Intake({
    store: {
      events: {
        storedOf: (ids: readonly string[]) =>
          new Map(
            ids
              .filter((id) => world.known?.includes(id))
              .map((id) => [id, Buffer.byteLength(wireText(world.stored?.[id] ?? text(id)))]),
          ),
        bodiesOf: (ids: readonly string[]) =>
          new Map(ids.map((id) => [id, wireText(world.stored?.[id] ?? text(id))])),
      },
      outbox: {
        deadAmong: (server: string, ids: readonly string[]) =>
          ids
            .filter((id) => world.dead?.includes(id))
            .map((id) => ({ event_id: id, text: `${id} for ${server}` })),
        arrived: ({ text }: { text: string }, server: string, at: number) => arrived.push([text, server, at]),
      },
      writer: {
        write: async (job: (tx: object) => void) => job({ afterCommit: (then: () => void) => then() }),
      },
    },
    clock: { now: () => 7 },
    tell: (fact: object) => facts.push(fact),
    verifier: {
      verify: async (envelope: { event_id: string }, hop: string) => {
        assert.equal(hop, 'b.test');
        const error = world.unverified?.[envelope.event_id];
        if (error) throw error;
        return { envelope };
      },
    },
    pace: {
      load: () => ({}),
      check: ({ envelope }: { envelope: { event_id: string } }) => {
        if (world.tooFast?.includes(envelope.event_id)) throw new ProtocolError('RATE_LIMITED', 'too fast');
      },
    },
    ingest: {
      ingest: async ({ envelope }: { envelope: { event_id: string } }) => {
        ingested.push(envelope.event_id);
        const error = world.refused?.[envelope.event_id];
        return error ? { kind: 'refused', error } : { kind: 'inserted' };
      },
      adopt: async (left: readonly object[], teller: string) => {
        assert.equal(teller, 'b.test');
        return left.length;
      },
    },
    directory: { isOfOurKind: () => world.kind },
    log: { debug: (details: object) => logged.push(details) },
  } as unknown as IntakeDeps);
  return { intake, logged, ingested, arrived, facts };
}

const text = (id: string, origin = 'b.test', body = 'x') =>
  parseJson(
    `{"event_id":"${id}","room_id":"!1:b.test","event_type":"m.x","sender":"@b:b.test","origin_server":"${origin}","origin_ts":1,"content":{"body":"${body}"},"depth":1,"signatures":{"${origin}":{"k":"${'ab'.repeat(64)}"}}}`,
  );
const wireText = (event: JsonValue) => wireEvent(envelopeFrom(event));
const no = (reason?: string) =>
  new ProtocolError('FORBIDDEN', 'no', reason === undefined ? {} : { details: { reason } as never });
const nothing = {
  inserted: 0,
  known: 0,
  own: 0,
  transient: false,
  delayed: false,
  closed: false,
  unverified: [] as unknown[],
};

test('the events of an answer are counted by what happened to them', async () => {
  const { intake, ingested, logged } = intakeWhere({
    known: ['$1:b.test'],
    refused: { '$4:b.test': no() },
  });
  const events = [text('$1:b.test'), text('$2:b.test'), text('$3:c.test', 'c.test'), text('$4:b.test'), 7];
  const taken = await intake.takeIn(peer, events as never);
  assert.deepEqual(taken, { ...nothing, inserted: 2, known: 1, own: 1 });
  assert.deepEqual(ingested, ['$2:b.test', '$3:c.test', '$4:b.test']);
  assert.deepEqual(
    logged.map((each) => (each as { peer: string }).peer),
    ['b.test', 'b.test'],
  );
  assert.deepEqual(await intake.takeIn(peer, []), nothing);
  assert.equal(await intake.takeErased(peer, [{}, {}] as never), 2);
});

test('another text under a stored id is judged, and so is its proof that the peer has the first one', async () => {
  const known = ['$1:b.test', '$2:b.test', '$3:b.test'];
  const stored = {
    '$2:b.test': text('$2:b.test', 'b.test', 'y'),
    '$3:b.test': text('$3:b.test', 'b.test', 'longer'),
  };
  const conflict = no('event_id_conflict');
  const { intake, ingested, arrived } = intakeWhere({
    known,
    stored,
    dead: ['$1:b.test', '$2:b.test'],
    refused: { '$2:b.test': conflict, '$3:b.test': conflict },
  });
  const taken = await intake.takeIn(
    peer,
    known.map((id) => text(id)),
  );
  assert.deepEqual(ingested, ['$2:b.test', '$3:b.test']);
  assert.deepEqual(taken, { ...nothing, known: 3 });
  assert.deepEqual(arrived, [['$1:b.test for b.test', 'b.test', 7]]);
});

test('events that come too fast are not ingested, and are read again later', async () => {
  const { intake, ingested } = intakeWhere({ tooFast: ['$1:b.test'] });
  assert.deepEqual(await intake.takeIn(peer, [text('$1:b.test')]), { ...nothing, delayed: true });
  assert.deepEqual(ingested, []);
});

test('events that can’t be judged yet are read again later, if asking again can change something', async () => {
  for (const [reason, kind, transient, closed] of [
    ['key_unknown', undefined, true, false],
    ['key_unknown', false, true, false],
    ['origin_unknown', undefined, true, false],
    ['origin_unknown', true, true, false],
    ['origin_unknown', false, false, false],
    ['room_closed', true, false, true],
    ['not_by_home', true, false, false],
    [undefined, true, false, false],
  ] as const) {
    const world = kind === undefined ? {} : { kind };
    for (const where of ['unverified', 'refused']) {
      const { intake } = intakeWhere({ ...world, [where]: { '$1:b.test': no(reason) } });
      const { unverified, ...taken } = await intake.takeIn(peer, [text('$1:b.test')]);
      assert.deepEqual({ ...taken, unverified: [] }, { ...nothing, transient, closed });
      // An event keeps its place if nobody here has the key.
      const isKept = where === 'unverified' && reason === 'key_unknown';
      assert.deepEqual(
        unverified.map(({ event_id, erased }) => [event_id, erased]),
        isKept ? [['$1:b.test', 'unverified']] : [],
      );
    }
  }
});

test('a large page is processed four events at a time, with other work in between, and counted as one', async () => {
  const events = Array.from({ length: 9 }, (_, n) => text(`$${n + 1}:b.test`));
  const { intake, ingested } = intakeWhere({
    known: ['$1:b.test', '$6:b.test'],
    tooFast: ['$5:b.test'],
    unverified: { '$2:b.test': no('key_unknown') },
    refused: { '$9:b.test': no('room_closed') },
  });
  const paused: number[] = [];
  const taken = await intake.takeIn(peer, events, async () => {
    paused.push(ingested.length);
  });
  assert.deepEqual(
    { ...taken, unverified: taken.unverified.length },
    { inserted: 4, known: 2, own: 4, transient: true, delayed: true, closed: true, unverified: 1 },
  );
  assert.deepEqual(paused, [2, 4]);
  const again = intakeWhere({ refused: { '$1:b.test': no('key_unknown'), '$2:b.test': no('room_closed') } });
  const other = await again.intake.takeIn(peer, events, async () => {});
  assert.deepEqual(other, { ...nothing, inserted: 7, own: 7, transient: true, closed: true });
  const late = await intakeWhere({ tooFast: ['$9:b.test'] }).intake.takeIn(peer, events, async () => {});
  assert.deepEqual(late, { ...nothing, inserted: 8, own: 8, delayed: true });
  let pauses = 0;
  await intakeWhere({}).intake.takeIn(peer, events.slice(0, 8), async () => {
    pauses++;
  });
  assert.equal(pauses, 1);
});

test('an event that the peer refused once and shows now has arrived there', async () => {
  const world = { known: ['$1:b.test', '$2:b.test'], dead: ['$2:b.test', '$3:b.test'] };
  const { intake, arrived, facts } = intakeWhere(world);
  await intake.takeIn(peer, [text('$1:b.test')]);
  assert.deepEqual([arrived, facts], [[], []]);
  await intake.takeIn(peer, [text('$1:b.test'), text('$2:b.test'), text('$3:b.test')]);
  assert.deepEqual(arrived, [['$2:b.test for b.test', 'b.test', 7]]);
  assert.deepEqual(facts, [{ fact: 'events-fetched', destination: 'b.test', eventIds: ['$2:b.test'] }]);
});
