import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { writeBatch } from '../../../shared/protocol/events/event-batch.ts';
import { databaseFor, noPostgres } from '../../support/daemons/postgres.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { startTwins, type Twin, untilLeads, untilStandsBy } from '../../support/standby/twins.ts';
import { until } from '../../support/until.ts';

interface World {
  readonly leader: Twin;
  readonly standby: Twin;
  readonly raw: RawPeer;
  readonly room: string;
}

/** Two nodes, and a peer with a room at them. */
async function startWorld(t: TestContext): Promise<World> {
  const [leader, standby] = await startTwins(t, await databaseFor(t));
  const raw = await new RawPeer('raw.test').listen(t);
  const { api, federation } = leader.node;
  await api.addPeer({ endpoint: raw.url });
  const limits = { requests_per_minute: 1_000_000, burst: 1_000_000 };
  await api.changePeer({ server_name: raw.name, limits });
  const { room_id: room } = await api.createRoom({ name: 'Hall', join_rule: 'peers' });
  const body = JSON.stringify({ origin_server: raw.name, room_id: room, user_id: `@user:${raw.name}` });
  await raw.call(federation, 'POST', '/join', body);
  return { leader, standby, raw, room };
}

async function shownAt({ node }: Twin, room_id: string): Promise<ReadonlySet<string>> {
  const shown = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await node.api.timeline({ room_id, limit: 100, ...(cursor && { cursor }) });
    for (const { event_id } of page.items) shown.add(event_id);
    if (page.next === null) return shown;
    cursor = page.next;
  }
}

const untilShown = (twin: Twin, room: string, ids: readonly string[]): Promise<unknown> =>
  until([], 'the copy to follow', async () => {
    const shown = await shownAt(twin, room);
    return ids.every((id) => shown.has(id));
  });

/** One pair of nodes for all, because each start takes longer than what is tested. The roles change on the way. */
test('two nodes with one identity on one database', { skip: noPostgres }, async (t) => {
  const { leader: first, standby: second, raw, room } = await startWorld(t);
  await t.test(
    'the second stands by: shows what the first stores, and passes on what changes something',
    () => standsBy({ leader: first, standby: second, raw, room }),
  );
  await t.test('after kill -9 the standby takes over, with everything that was acknowledged', (each) =>
    killed(each, { leader: first, standby: second, raw, room }),
  );
  await t.test(
    'a leader that stood still answers and signs nothing when it continues, and stands by',
    (each) => stopped(each, { leader: second, standby: first, raw, room }),
  );
  await t.test('a key that the leader made is published by the standby, and signs after a takeover', () =>
    rotated({ leader: first, standby: second, raw, room }),
  );
});

async function standsBy({ leader, standby, raw, room }: World): Promise<void> {
  const status = await standby.node.api.status({});
  assert.ok(status.stands_by?.leader, 'it says for whom');
  assert.match(status.health.text, /Standing by for the node on/);
  assert.equal((await leader.node.api.status({})).stands_by, null);

  const posted = await standby.node.api.postMessage({ room_id: room, body: 'from the standby' });
  const pushed = raw.message(room, 'pushed to the standby');
  assert.equal((await raw.post(standby.node.federation, pushed)).status, 202);
  const batch = Array.from({ length: 8 }, (_, at) => raw.message(room, `verified by the standby ${at}`));
  const body = writeBatch(batch.map((event) => ({ event: wireEvent(event), sentTo: [] })));
  const answer = await raw.call(standby.node.federation, 'POST', '/events', body);
  assert.deepEqual(
    (answer.body.results as { status: number }[]).map(({ status }) => status),
    batch.map(() => 202),
  );
  const both = [posted.event_id, pushed.event_id, ...batch.map(({ event_id }) => event_id)];
  assert.deepEqual([...(await shownAt(leader, room))].sort(), both.sort());
  await untilShown(standby, room, both);

  const read = () =>
    raw.call(standby.node.federation, 'GET', `/event/${encodeURIComponent(posted.event_id)}`);
  assert.equal((await read()).status, 200);
  for (const [mode, expected] of [
    ['block', 403],
    ['allow', 200],
  ] as const) {
    await standby.node.api.changePeer({ server_name: raw.name, mode });
    await until([], 'the decision to reach the standby', async () => (await read()).status === expected);
  }
}

async function killed(t: TestContext, { leader, standby, raw, room }: World): Promise<void> {
  const acknowledged: string[] = [];
  const writers = Array.from({ length: 4 }, async () => {
    for (;;) {
      const event = raw.message(room, 'hello');
      const answer = await raw.post(leader.node.federation, event).catch(() => null);
      if (answer?.status !== 202) return;
      acknowledged.push(event.event_id);
    }
  });
  await until([], 'some writes', () => acknowledged.length > 30);
  const since = performance.now();
  await leader.node.kill();
  t.diagnostic(`took over after ${Math.round(await untilLeads(standby, since))} ms`);
  await Promise.all(writers);
  const shown = await shownAt(standby, room);
  assert.deepEqual(
    acknowledged.filter((id) => !shown.has(id)),
    [],
  );
  const event = raw.message(room, 'to the new leader');
  assert.equal((await raw.post(standby.node.federation, event)).status, 202);
  await leader.start();
  await untilStandsBy(leader);
  await untilShown(leader, room, [event.event_id]);
}

async function stopped(t: TestContext, { leader, standby, raw, room }: World): Promise<void> {
  const since = performance.now();
  leader.signal('SIGSTOP');
  // They wait in its sockets for the moment it continues.
  const events = Array.from({ length: 20 }, () => raw.message(room, 'to a leader that stands still'));
  const waiting = events.map((event) => raw.post(leader.node.federation, event).catch(() => null));
  const reads = events.map(() => statusOf(leader.node.federation, '/_paracord/federation/v1/keys'));
  t.diagnostic(`took over after ${Math.round(await untilLeads(standby, since))} ms`);
  const { event_id } = await standby.node.api.postMessage({ room_id: room, body: 'by the new leader' });
  leader.signal('SIGCONT');
  const statuses = (await Promise.all(waiting)).map((answer) => answer?.status ?? 503);
  assert.deepEqual(new Set([...statuses, ...(await Promise.all(reads))]), new Set([503]));
  await untilStandsBy(leader);
  await untilShown(leader, room, [event_id]);
  const shown = await shownAt(leader, room);
  assert.deepEqual(
    events.filter((event) => shown.has(event.event_id)),
    [],
    'what it refused is not stored',
  );
}

async function rotated({ leader, standby, raw, room }: World): Promise<void> {
  const { items } = await leader.node.api.rotateKeys({});
  const key = items[0]?.key_id ?? '';
  assert.equal(items.length, 2);
  await until([], 'the standby to publish it', async () => {
    const answer = await fetch(`${standby.node.federation}/_paracord/federation/v1/keys`);
    return answer.ok && (await answer.text()).includes(key);
  });
  assert.ok(readFileSync(join(standby.dataDir, 'identity.json'), 'utf8').includes(key));
  await leader.node.kill();
  await untilLeads(standby);
  const { event_id } = await standby.node.api.postMessage({ room_id: room, body: 'with the new key' });
  const event = await raw.call(standby.node.federation, 'GET', `/event/${encodeURIComponent(event_id)}`);
  assert.ok(JSON.stringify(event.body).includes(key));
}

/** The status of an unsigned read; 503 if there is no answer at all. */
const statusOf = (base: string, path: string): Promise<number> =>
  new Promise((resolve) => {
    request(base + path, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', () => resolve(503))
      .end();
  });
