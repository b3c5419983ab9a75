import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Intake, type IntakeParts } from '../../../../main/events/intake.ts';
import type { PeerRow } from '../../../../main/store/tables/peer-store.ts';
import { parseJson } from '../../../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';

const event = parseJson(
  '{"event_id":"$1:b.test","room_id":"!1:b.test","event_type":"m.message","sender":"@b:b.test","origin_server":"b.test","origin_ts":1,"content":{},"depth":1,"signatures":{"b.test":{"k":"' +
    'ab'.repeat(64) +
    '"}}}',
);
const peer = { server_name: 'b.test' } as PeerRow;

const intakeThat = (verify: () => Promise<never>) =>
  new Intake({
    store: { events: { has: () => false }, outbox: { deadAmong: () => [] } },
    verifier: { verify },
    ingest: {},
    directory: { isOfOurKind: () => true },
    log: { debug: () => {} },
  } as unknown as IntakeParts);

test('an invalid event is skipped, and the events behind it are read', async () => {
  const taken = await intakeThat(() => Promise.reject(new ProtocolError('BAD_REQUEST', 'no'))).takeIn(peer, [
    event,
  ]);
  assert.deepEqual(taken, {
    ...{ inserted: 0, known: 0, own: 0 },
    ...{ transient: false, delayed: false, closed: false },
  });
});

test('an event that this node could not check, for want of a thread or a disk, is never taken for read', async () => {
  for (const error of [
    new ProtocolError('SERVICE_UNAVAILABLE', 'later'),
    Object.assign(new Error('too many'), { code: 'EMFILE' }),
  ])
    await assert.rejects(intakeThat(() => Promise.reject(error)).takeIn(peer, [event]), error);
});
