import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldEvents } from '../../../../main/events/held-events.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';
import { quoted } from '../../../../shared/words/said.ts';

const now = 1_700_000_000_000;

/** Events of one server that are held; those with an error are refused when they are released. */
function held(errors: Readonly<Record<string, Error>>, refusedAt: 'verify' | 'ingest' = 'ingest') {
  const rows = Object.keys(errors).map((event_id) => ({
    event_id,
    hop: 'hop.test',
    body: JSON.stringify({
      event_id,
      room_id: '!1:a.test',
      event_type: 'm.x',
      sender: '@a:a.test',
      origin_server: 'a.test',
      origin_ts: 1,
      content: {},
      depth: 1,
      signatures: { 'a.test': { k: 'ab'.repeat(64) } },
    }),
  }));
  const steps: unknown[] = [];
  const errorOf = (id: string) => (errors[id]?.message === '' ? undefined : errors[id]);
  const heldEvents = new HeldEvents({
    store: {
      held: {
        page: (server: string, from: number) => (server === 'a.test' && from === 0 ? rows : []),
        discard: (id: string) => steps.push(`discard ${id}`),
      },
      writer: {
        write: async (job: (tx: object) => unknown) => job({ afterCommit: (then: () => void) => then() }),
      },
    },
    verifier: {
      verify: async (envelope: { event_id: string }, hop: string) => {
        assert.equal(hop, 'hop.test');
        const error = errorOf(envelope.event_id);
        if (error && refusedAt === 'verify') throw error;
        return { envelope };
      },
    },
    ingest: {
      ingest: async ({ envelope }: { envelope: { event_id: string } }, arrival: object) => {
        assert.deepEqual(arrival, { released: true });
        steps.push(`ingest ${envelope.event_id}`);
        const error = errorOf(envelope.event_id);
        return error ? { kind: 'refused', error } : { kind: 'inserted' };
      },
    },
    clock: { now: () => now },
    tell: (fact: object) => steps.push(fact),
  } as unknown as ConstructorParameters<typeof HeldEvents>[0]);
  return { heldEvents, steps };
}

const fine = new Error('');
const decided = { fact: 'held-decided', origin: 'a.test' };

test('released events are ingested one by one, and refused ones stay held', async () => {
  for (const refusedAt of ['verify', 'ingest'] as const) {
    const no = new ProtocolError('FORBIDDEN', 'no');
    const { heldEvents, steps } = held({ '$1:a.test': fine, '$2:a.test': no, '$3:a.test': fine }, refusedAt);
    assert.deepEqual(await heldEvents.release('a.test', undefined), {
      released: 2,
      refused: [{ event_id: '$2:a.test', message: quoted('no') }],
    });
    assert.deepEqual(
      steps.filter((step) => step !== 'ingest $2:a.test'),
      ['ingest $1:a.test', 'ingest $3:a.test', decided],
    );
  }
});

test('only the events that the owner chose are released or discarded', async () => {
  const { heldEvents, steps } = held({ '$1:a.test': fine, '$2:a.test': fine });
  assert.equal((await heldEvents.release('a.test', ['$2:a.test', '$9:a.test'])).released, 1);
  assert.deepEqual(steps, ['ingest $2:a.test', decided]);
  steps.length = 0;
  assert.equal(await heldEvents.discard('a.test', ['$1:a.test']), 1);
  assert.equal(await heldEvents.discard('a.test', undefined), 2);
  assert.deepEqual(steps, [
    ...['discard $1:a.test', decided],
    ...['discard $1:a.test', 'discard $2:a.test', decided],
  ]);
});

test('a failure of this node ends a release, and isn’t a refusal', async () => {
  const { heldEvents, steps } = held({ '$1:a.test': new Error('disk full') });
  await assert.rejects(heldEvents.release('a.test', undefined), /disk full/);
  assert.deepEqual(steps, ['ingest $1:a.test']);
});
