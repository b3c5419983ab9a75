import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Measures, type Snapshot } from '../../../main/measures.ts';

const quiet: Snapshot = {
  version: '1.2.3',
  startedAt: 5_000,
  eventsStored: 7,
  keyValidSeconds: 60,
  rooms: { here: 1, elsewhere: 2 },
  peers: { ok: 1 },
  outbox: { queued: 0 },
  queues: [{ destination: 'b.test', waiting: 3, oldestSeconds: 40 }],
  clocks: [{ peer: 'b.test', offsetSeconds: -2 }],
};

test('events are counted, and current values are read at the moment', async () => {
  const measures = new Measures();
  measures.stored('peer');
  measures.stored('peer');
  measures.heldOne();
  measures.attempted('delivered', 30);
  measures.together('commit', 5);
  measures.begin('verify')();
  measures.request('POST /event')(202);
  const text = await measures.text(quiet);
  for (const line of [
    'paracord_events_total{from="peer"} 2',
    'paracord_events_total{from="here"} 0',
    'paracord_events_held_total 1',
    'paracord_delivery_attempt_seconds_bucket{le="0.05",outcome="delivered"} 1',
    'paracord_delivery_attempt_seconds_bucket{le="0.025",outcome="delivered"} 0',
    'paracord_batch_events_bucket{le="8",group="commit"} 1',
    'paracord_ingest_seconds_count{step="verify"} 1',
    'paracord_request_seconds_count{call="POST /event",status="202"} 1',
    'paracord_info{version="1.2.3"} 1',
    'paracord_start_time_seconds 5',
    'paracord_queue_entries{peer="b.test"} 3',
    'paracord_queue_oldest_seconds{peer="b.test"} 40',
    'paracord_clock_offset_seconds{peer="b.test"} -2',
  ])
    assert.ok(text.split('\n').includes(line), `${line} in\n${text}`);
  assert.match(text, /paracord_memory_bytes\{kind="resident"\} \d{7}/);
  measures.stop();
});

test('a peer that is gone is no longer listed', async () => {
  const measures = new Measures();
  await measures.text(quiet);
  const text = await measures.text({ ...quiet, queues: [], clocks: [], peers: { silent: 1 } });
  assert.ok(!text.includes('b.test'));
  assert.ok(!text.includes('state="ok"'));
  measures.stop();
});

test('the event loop is watched from the first reading on', async () => {
  const measures = new Measures();
  assert.doesNotMatch(await measures.text(quiet), /event_loop_delay_seconds\{/);
  assert.match(await measures.text(quiet), /event_loop_delay_seconds\{quantile="0.99"\} \d/);
  measures.stop();
});
