import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { databaseFor, noPostgres } from '../../support/daemons/postgres.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { startTwins, type Twin } from '../../support/standby/twins.ts';
import { until } from '../../support/until.ts';

interface World {
  readonly leader: Twin;
  readonly waiting: Twin;
  readonly raw: RawPeer;
  readonly room: string;
}

const databaseLost = 13;

/** Two nodes, and a peer with a room at them. */
async function startWorld(t: TestContext): Promise<World> {
  const [leader, waiting] = await startTwins(t, await databaseFor(t));
  const raw = await new RawPeer('raw.test').listen(t);
  const { api, federation } = await leader.node;
  await api.addPeer({ endpoint: raw.url });
  const limits = { requests_per_minute: 1_000_000, burst: 1_000_000 };
  await api.changePeer({ server_name: raw.name, limits });
  const { room_id: room } = await api.createRoom({ name: 'Hall', join_rule: 'peers' });
  const body = JSON.stringify({ origin_server: raw.name, room_id: room, user_id: `@user:${raw.name}` });
  await raw.call(federation, 'POST', '/join', body);
  return { leader, waiting, raw, room };
}

async function shownAt(twin: Twin, room_id: string): Promise<ReadonlySet<string>> {
  const { api } = await twin.node;
  const shown = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await api.timeline({ room_id, limit: 100, ...(cursor && { cursor }) });
    for (const { event_id } of page.items) shown.add(event_id);
    if (page.next === null) return shown;
    cursor = page.next;
  }
}

/** Resolves with the time it took from `since`, in ms. */
async function untilLeads(twin: Twin, since: number): Promise<number> {
  await twin.node;
  return Math.round(performance.now() - since);
}

/** One pair of nodes for all, because each start takes longer than what is tested. The roles change on the way. */
test('two nodes with one identity on one database', { skip: noPostgres }, async (t) => {
  const { leader: first, waiting: second, raw, room } = await startWorld(t);
  await t.test('a waiting node answers 503 where its console will be, and listens nowhere else', () =>
    answersHealth(second),
  );
  await t.test('after kill -9 the waiting node leads, with everything that was acknowledged', (each) =>
    killed(each, { leader: first, waiting: second, raw, room }),
  );
  await t.test('a leader that stood still commits and sends nothing when it continues, and ends', (each) =>
    stopped(each, { leader: second, waiting: first, raw, room }),
  );
  await t.test('a key that the leader made signs after a takeover', () =>
    rotated({ leader: first, waiting: second, raw, room }),
  );
  await t.test('a waiting node ends with 0 on SIGTERM', () => endsOnSigterm(first));
});

async function answersHealth(waiting: Twin): Promise<void> {
  const { status, message = '' } = (await waiting.health())!;
  assert.equal(status, 503);
  assert.match(message, /^Standing by for the node on \S+\.$/);
  for (const path of ['/', '/metrics', '/api/v1/status', '/login'])
    assert.equal((await fetch(waiting.control + path)).status, 503, path);
  await assert.rejects(fetch(`${waiting.federation}/_paracord/federation/v1/keys`), /fetch failed/);
}

async function killed(t: TestContext, { leader, waiting, raw, room }: World): Promise<void> {
  const acknowledged: string[] = [];
  const { federation, kill } = await leader.node;
  const writers = Array.from({ length: 4 }, async () => {
    for (;;) {
      const event = raw.message(room, 'hello');
      const answer = await raw.post(federation, event).catch(() => null);
      if (answer?.status !== 202) return;
      acknowledged.push(event.event_id);
    }
  });
  await until([], 'some writes', () => acknowledged.length > 30);
  const since = performance.now();
  await kill();
  t.diagnostic(`led after ${await untilLeads(waiting, since)} ms`);
  await Promise.all(writers);
  const shown = await shownAt(waiting, room);
  assert.deepEqual(
    acknowledged.filter((id) => !shown.has(id)),
    [],
  );
  const event = raw.message(room, 'to the new leader');
  assert.equal((await raw.post((await waiting.node).federation, event)).status, 202);
  await leader.start();
  await leader.untilWaits();
}

async function stopped(t: TestContext, { leader, waiting, raw, room }: World): Promise<void> {
  const { api, federation } = await leader.node;
  const sent: string[] = [];
  raw.handlers.set('/event', ({ body }) => {
    sent.push(body);
    return { status: 202, body: { event_id: 'x', inserted: true } };
  });
  const since = performance.now();
  leader.process.signal('SIGSTOP');
  // They wait in its sockets for the moment it continues.
  const events = Array.from({ length: 20 }, () => raw.message(room, 'to a leader that stands still'));
  const pushed = events.map((event) => raw.post(federation, event).catch(() => null));
  const posted = api.postMessage({ room_id: room, body: 'by a leader that stands still' }).catch(() => null);
  t.diagnostic(`led after ${await untilLeads(waiting, since)} ms`);
  const mine = await (await waiting.node).api.postMessage({ room_id: room, body: 'by the new leader' });
  leader.process.signal('SIGCONT');
  assert.equal(await leader.process.exited, databaseLost);
  assert.match(
    leader.process.stderr(),
    /The connection to the database \S+ broke .*, so this node ended\. Nothing that was confirmed is lost\./,
  );
  for (const answer of await Promise.all(pushed)) assert.notEqual(answer?.status, 202);
  assert.equal(await posted, null);
  await until([], 'the delivery of the new leader', () => sent.some((body) => body.includes(mine.event_id)));
  assert.deepEqual(
    sent.filter((body) => body.includes('stands still')),
    [],
    'what it did not commit was not sent',
  );
  const shown = await shownAt(waiting, room);
  assert.deepEqual(
    events.filter(({ event_id }) => shown.has(event_id)),
    [],
    'what it did not confirm isn’t stored',
  );
  await leader.start();
  await leader.untilWaits();
}

async function rotated({ leader, waiting, raw, room }: World): Promise<void> {
  const { api, kill } = await leader.node;
  const { items } = await api.rotateKeys({});
  const key = items[0]?.key_id ?? '';
  assert.equal(items.length, 2);
  await kill();
  const next = await waiting.node;
  const { event_id } = await next.api.postMessage({ room_id: room, body: 'with the new key' });
  const event = await raw.call(next.federation, 'GET', `/event/${encodeURIComponent(event_id)}`);
  assert.ok(JSON.stringify(event.body).includes(key));
  assert.ok(readFileSync(join(waiting.dataDir, 'identity.json'), 'utf8').includes(key));
}

async function endsOnSigterm(waiting: Twin): Promise<void> {
  await waiting.start();
  await waiting.untilWaits();
  waiting.process.signal('SIGTERM');
  assert.equal(await waiting.process.exited, 0);
}
