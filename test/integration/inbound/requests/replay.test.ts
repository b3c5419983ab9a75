import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import {
  besiege,
  HandClock,
  memberBody,
  refused,
  rowsOf,
  type Siege,
  user,
} from '../../../support/attack/node.ts';
import { ask } from '../../../support/attack/socket.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import type { RawAnswer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const conflict = { status: 409, code: 'CONFLICT', reason: 'replay' };

interface Signed {
  readonly what: string;
  readonly taken: number;
  readonly send: (base: string) => Promise<RawAnswer>;
}

/** Every kind of signed call, each signed once and sent as often as one likes. */
function signed({ raw, room }: Siege): Signed[] {
  const one = (what: string, method: string, path: string, body: string, taken = 200): Signed => {
    const target = federationPrefix + path;
    const headers = Object.entries(raw.headers(method, target, body));
    return {
      what,
      taken,
      send: (base) => ask(base, method, target, headers, body === '' ? undefined : body),
    };
  };
  const member = memberBody('raw.test', room, user);
  return [
    one('event', 'POST', '/event', wireEvent(raw.message(room, 'once')), 202),
    one('events', 'GET', `/events?room_id=${room}`, ''),
    one('event that is not there', 'GET', '/event/$1:a.test', '', 404),
    one(
      'invite',
      'POST',
      '/invite',
      JSON.stringify({ origin_server: 'raw.test', room_id: room, sender: user }),
    ),
    one('leave', 'POST', '/leave', member),
    one('join', 'POST', '/join', member),
  ];
}

test('the same signed request is accepted once', async (t) => {
  const siege = await besiege(t);
  for (const { what, taken, send } of signed(siege))
    await t.test(what, async () => {
      assert.equal((await send(siege.node.url)).status, taken);
      await refused(siege, conflict, () => send(siege.node.url));
      await refused(siege, conflict, () => send(siege.node.url));
    });
});

test('a request accepted before a restart isn’t accepted after it', async (t) => {
  const siege = await besiege(t);
  const all = signed(siege);
  for (const { taken, send } of all) assert.equal((await send(siege.node.url)).status, taken);
  await siege.node.stop();
  const again = await startLocalNode(t, { name: 'a.test', dataDir: siege.node.dataDir });
  for (const { what, send } of all)
    await t.test(what, async () => {
      await refused({ ...siege, node: again }, conflict, () => send(again.url));
    });
});

test('exactly one of many identical signed requests at once is accepted', async (t) => {
  const siege = await besiege(t);
  for (const { what, taken, send } of signed(siege))
    await t.test(what, async () => {
      const answers = await Promise.all(Array.from({ length: 24 }, () => send(siege.node.url)));
      const statuses = answers.map(({ status }) => status).sort();
      assert.deepEqual(statuses, [...Array<number>(23).fill(409), taken].sort());
    });
  const joined = rowsOf(siege.node, 'federation_events', `event_type = 'm.member.join'`);
  assert.equal(joined.length, 3, 'the owner, the peer’s user, and again after leaving');
});

async function atTheEdge(
  t: TestContext,
): Promise<{ clock: HandClock; siege: Siege; send: () => Promise<RawAnswer> }> {
  const clock = new HandClock();
  const siege = await besiege(t, { ports: clock.ports });
  const target = `${federationPrefix}/events?room_id=${siege.room}`;
  // Signed as far ahead as is accepted, so that it stays good for longest.
  const headers = Object.entries(siege.raw.headers('GET', target, '', clock.time + 60_000));
  const send = () => ask(siege.node.url, 'GET', target, headers);
  assert.equal((await send()).status, 200);
  return { clock, siege, send };
}

test('a request signed ahead of time is remembered for as long as its timestamp is good', async (t) => {
  const { clock, siege, send } = await atTheEdge(t);
  for (const passed of [30_000, 60_000, 30_000]) {
    clock.time += passed;
    await refused(siege, conflict, send);
  }
  clock.time += 1;
  await refused(siege, { status: 401, reason: 'clock' }, send);
});

test('it is remembered for that long after a restart too', async (t) => {
  const { clock, siege, send: _ } = await atTheEdge(t);
  const target = `${federationPrefix}/events?room_id=${siege.room}&limit=7`;
  const headers = Object.entries(siege.raw.headers('GET', target, '', clock.time + 60_000));
  assert.equal((await ask(siege.node.url, 'GET', target, headers)).status, 200);
  await siege.node.stop();
  clock.time += 120_000;
  const again = await startLocalNode(t, { name: 'a.test', dataDir: siege.node.dataDir, ports: clock.ports });
  await until([again], 'the end of the look-up that follows a start', () =>
    rowsOf(again, 'federation_peer_trust_state').every((row) => row.discovered_at === clock.time),
  );
  await refused({ ...siege, node: again }, conflict, () => ask(again.url, 'GET', target, headers));
});

test('many simultaneous joins join once', async (t) => {
  const siege = await besiege(t, { joined: false });
  const { raw, node, room } = siege;
  const body = memberBody('raw.test', room, user);
  const answers = await Promise.all(
    Array.from({ length: 24 }, () => raw.call(node.url, 'POST', '/join', body)),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(
    rowsOf(node, 'federation_events', `event_type = 'm.member.join' AND subject = '${user}'`).length,
    1,
  );
});
