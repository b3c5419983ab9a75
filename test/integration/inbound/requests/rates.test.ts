import assert from 'node:assert/strict';
import { test } from 'node:test';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import { assertError, besiege, HandClock, type Siege, takes } from '../../../support/attack/node.ts';
import { ask } from '../../../support/attack/socket.ts';
import { type RawAnswer, RawPeer } from '../../../support/parties/raw-peer.ts';

const limited = { status: 429, code: 'RATE_LIMITED' };

/** A read signed by `by` at the node's time; a few milliseconds apart, so that none repeats another. */
function reader({ node, room }: Siege, by: RawPeer, clock: HandClock): () => Promise<RawAnswer> {
  let n = 0;
  return () => {
    const target = `${federationPrefix}/events?room_id=${room}&limit=${(++n % 1000) + 1}`;
    return ask(node.url, 'GET', target, Object.entries(by.headers('GET', target, '', clock.time)));
  };
}

async function bounded(t: Parameters<typeof besiege>[0], burst: number) {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  const other = await new RawPeer('other.test').listen(t);
  other.handlers.set('/event', takes);
  await siege.node.api.addPeer({ endpoint: other.url });
  for (const server_name of ['raw.test', 'other.test'])
    await siege.node.api.changePeer({ server_name, limits: { requests_per_minute: 60, burst } });
  return { clock, siege, other, read: reader(siege, siege.raw, clock) };
}

test('a peer over its limit learns when to retry, and is accepted then', async (t) => {
  const { clock, read } = await bounded(t, 5);
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await read()).status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
  const answer = await read();
  assertError(answer, limited);
  assert.equal(answer.headers.get('retry-after'), '1');
  clock.time += 1000;
  assert.equal((await read()).status, 200);
  assertError(await read(), limited);
});

test('a peer that exceeds its limit does not affect others', async (t) => {
  const { clock, siege, other, read } = await bounded(t, 3);
  await Promise.all(Array.from({ length: 30 }, read));
  assertError(await read(), limited);
  const theirs = await reader(siege, other, clock)();
  assert.notEqual(theirs.status, 429);
});

test('requests forged in a peer’s name don’t use up its budget', async (t) => {
  const { siege, clock, read } = await bounded(t, 3);
  const forger = new RawPeer('raw.test');
  const forged = reader(siege, forger, clock);
  const answers = await Promise.all(Array.from({ length: 60 }, forged));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([403]));
  // Nor do the peer's own requests, recorded and sent again.
  const target = `${federationPrefix}/events?room_id=${siege.room}&limit=77`;
  const headers = Object.entries(siege.raw.headers('GET', target, '', clock.time));
  const repeated = await Promise.all(
    Array.from({ length: 20 }, () => ask(siege.node.url, 'GET', target, headers)),
  );
  assert.equal(repeated.filter(({ status }) => status === 409).length, 19);
  for (let i = 0; i < 2; i++) assert.equal((await read()).status, 200);
  assertError(await read(), limited);
});

test('a limit of 0 lets nothing through', async (t) => {
  const { siege, clock, read } = await bounded(t, 5);
  await siege.node.api.changePeer({ server_name: 'raw.test', limits: { requests_per_minute: 0, burst: 0 } });
  const answer = await read();
  assertError(answer, limited);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  clock.time += 30_000;
  assertError(await read(), limited);
});

test('a rate-limited request leaves no trace', async (t) => {
  const { siege, read, clock } = await bounded(t, 1);
  await read();
  const seen = (await siege.node.api.peer({ server_name: 'raw.test' })).last_seen_at;
  clock.time += 100;
  assertError(await read(), limited);
  assert.equal((await siege.node.api.peer({ server_name: 'raw.test' })).last_seen_at, seen);
});

test('the default limit applies to every peer without its own', async (t) => {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  await siege.node.api.changeSettings({ default_limits: { requests_per_minute: 60, burst: 2 } });
  const read = reader(siege, siege.raw, clock);
  const answers = await Promise.all(Array.from({ length: 10 }, read));
  assert.ok(answers.filter(({ status }) => status === 200).length <= 2);
  assertError(await read(), limited);
});
