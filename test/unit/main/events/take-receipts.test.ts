import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TakeReceiptsDeps, takeReceipts } from '../../../../main/events/take-receipts.ts';
import { refusedLater } from '../../../support/words.ts';

const home = 'home.test';
const now = 1_700_000_000_000;

test('receipts are accepted from the room’s home, about our events, if they are new', async () => {
  const rows: Readonly<Record<string, object>> = {
    '$1:us.test': { origin_server: 'us.test', room_id: '!1:home.test', seq: 1 },
    '$2:us.test': { origin_server: 'us.test', room_id: '!1:home.test', seq: 2 },
    '$3:us.test': { origin_server: 'us.test', room_id: '!9:home.test', seq: 3 },
    '$4:us.test': { origin_server: 'us.test', room_id: '!2:other.test', seq: 4 },
    '$5:a.test': { origin_server: 'a.test', room_id: '!1:home.test', seq: 5 },
  };
  const steps: unknown[] = [];
  const deps = {
    store: {
      events: {
        byIds: (ids: readonly string[]) =>
          new Map(ids.flatMap((id) => (rows[id] ? [[id, { event_id: id, ...rows[id] }]] : []))),
      },
      receipts: {
        take: (
          by: string,
          reports: readonly { seq: number; receipt: { server_name: string } }[],
        ): readonly object[] => {
          for (const { seq, receipt } of reports) steps.push([seq, by, receipt.server_name]);
          return reports.filter(({ seq }) => seq !== 2);
        },
      },
      writer: {
        write: async (job: (tx: object) => unknown) => job({ afterCommit: (then: () => void) => then() }),
      },
    },
    registry: {
      get: (id: string) => (id === '!9:home.test' ? undefined : { row: { home: id.slice(3) } }),
    },
    keyring: { serverName: 'us.test' },
    clock: { now: () => now },
    tell: (fact: object) => steps.push(fact),
  } as unknown as TakeReceiptsDeps;
  const take = (...ids: string[]) => {
    const receipts = ids.map((event_id) => ({ event_id, server_name: 'c.test', state: 'has', at: now }));
    return takeReceipts(deps, home, JSON.stringify({ receipts }));
  };
  assert.equal(await take('$1:us.test', '$2:us.test', '$3:us.test', '$9:us.test'), 1);
  assert.deepEqual(steps, [
    [1, home, 'c.test'],
    [2, home, 'c.test'],
    {
      fact: 'deliveries-recorded',
      deliveries: [{ destination: 'c.test', eventId: '$1:us.test', outcome: 'has' }],
    },
  ]);
  steps.length = 0;
  assert.deepEqual(await refusedLater(take('$1:us.test', '$5:a.test')), [
    ...['FORBIDDEN', 'wire.not_written_here'],
    ...[{ event: '$5:a.test' }, { reason: 'not_the_origin' }],
  ]);
  assert.deepEqual(await refusedLater(take('$1:us.test', '$4:us.test')), [
    ...['FORBIDDEN', 'wire.not_home'],
    ...[{ room: '!2:other.test', event: '$4:us.test' }, { reason: 'not_by_home' }],
  ]);
  assert.deepEqual(steps, [], 'a wrong word refuses the whole list');
});
