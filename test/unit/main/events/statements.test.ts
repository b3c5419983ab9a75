import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Intake, type IntakeDeps } from '../../../../main/events/intake.ts';
import { Pace } from '../../../../main/events/pace.ts';
import { type TakeReceiptsDeps, takeReceipts } from '../../../../main/events/take-receipts.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Store } from '../../../../main/store/store.ts';
import type { PeerRow } from '../../../../main/store/tables/peer-store.ts';
import { type JsonValue, type Plain, parseJson } from '../../../../shared/protocol/coding/json.ts';
import { type Envelope, wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { meaningOf } from '../../../../shared/protocol/events/event-content.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';
import { putEvent, putExpected } from '../../../support/put-rows.ts';
import { countStatements } from '../../../support/statement-counter.ts';
import { tempDir } from '../../../support/temp.ts';

const room = '!1:home.test';
const raw = new RawPeer('peer.test');

const paceOn = (store: Store) =>
  new Pace({
    store,
    registry: { get: () => undefined, pauseBefore: () => 0 },
    shares: { isFull: () => false },
    clock: systemPorts.clock,
    warn: () => () => {},
  });

function counted(t: TestContext) {
  const work = countStatements(t);
  const store = new Store(join(tempDir(t), 'node.db'), systemPorts);
  t.after(() => store.close());
  return { work, store };
}

const about = (n: number) => ({ channel_id: '1', message_id: `${n + 1}` });
const of = (type: string, content: Plain, state_key: string | null = null) =>
  raw.event({ room, type, content, state_key, sender: '@a:peer.test' });

/** An edit, a reaction, a join and an invite: how fast each may come depends on what is stored. */
const someOfEach = (n: number): Envelope[] => [
  of('m.message.edit', { ...about(n), body: 'x' }),
  of('m.reaction.add', { ...about(n), emoji: '👍' }),
  of('m.member.join', { user_id: '1', role: 'member' }, `@u${n}:peer.test`),
  of('m.member.invite', { user_id: '2' }, `@u${n}:us.test`),
];

/** Counts statements for a page of a peer's answer until its events are a batch. Every other one is stored already. */
async function costOfPage(t: TestContext, sets: number): Promise<number> {
  const { work, store } = counted(t);
  const events = Array.from({ length: sets }, (_, n) => someOfEach(n)).flat();
  await store.writer.write(() => {
    for (const [at, envelope] of events.entries())
      if (at % 2 === 1) putEvent(store, { envelope, body: wireEvent(envelope) });
  });
  const ingested: unknown[] = [];
  const intake = new Intake({
    store,
    verifier: { verify: async (envelope: Envelope) => ({ envelope, meaning: meaningOf(envelope) }) },
    ingest: {
      ingest: async ({ envelope }: { envelope: Envelope }) => {
        ingested.push(envelope.event_id);
        return { kind: 'inserted' };
      },
    },
    pace: paceOn(store),
    directory: { isOfOurKind: () => true },
    log: { debug: (about: object) => assert.fail(JSON.stringify(about)) },
  } as unknown as IntakeDeps);
  const page: JsonValue[] = events.map((event) => parseJson(wireEvent(event)));
  work();
  const taken = await intake.takeIn({ server_name: 'peer.test' } as PeerRow, page);
  assert.deepEqual([taken.inserted, taken.known, ingested.length], [sets * 2, sets * 2, sets * 2]);
  return work().statements;
}

test('before its events are a batch, a page of a peer’s answer costs four statements, however long it is', async (t) => {
  // One each: which events are stored, with which text, which were refused once, and which have been stored since.
  assert.equal(await costOfPage(t, 1), 4);
  assert.equal(await costOfPage(t, 16), 4);
});

test('a page with invites costs one statement more', async (t) => {
  const { work, store } = counted(t);
  const pace = paceOn(store);
  const loaded = (count: number) => {
    const envelopes = Array.from({ length: count }, (_, n) => someOfEach(n)[3] as Envelope);
    work();
    pace.load(envelopes.map((envelope) => ({ envelope, meaning: meaningOf(envelope) })) as never);
    return work().statements;
  };
  assert.deepEqual([loaded(0), loaded(1), loaded(64)], [0, 2, 2]);
});

test('a list of receipts costs as many statements as one receipt', async (t) => {
  const { work, store } = counted(t);
  const [one, ...others] = Array.from({ length: 65 }, (_, n) => raw.message(room, `${n}`));
  assert.ok(one);
  await store.writer.write(() => {
    for (const envelope of [one, ...others]) {
      const seq = putEvent(store, { envelope });
      putExpected(store, { seq, server: 'c.test', via: 'home.test', at: 1 });
    }
  });
  const deps = {
    store,
    registry: { get: () => ({ row: { home: 'home.test' } }) },
    keyring: { serverName: 'peer.test' },
    clock: systemPorts.clock,
    tell: () => {},
  } as unknown as TakeReceiptsDeps;
  const cost = async (events: readonly Envelope[]) => {
    const receipts = events.map(({ event_id }) => ({ event_id, server_name: 'c.test', state: 'has', at: 1 }));
    work();
    assert.equal(await takeReceipts(deps, 'home.test', JSON.stringify({ receipts })), events.length);
    return work().statements;
  };
  assert.equal(await cost([one]), await cost(others));
});
