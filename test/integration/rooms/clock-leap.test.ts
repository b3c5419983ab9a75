import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const yearMs = 365 * 86_400_000;

/** The real clock, set wrong by a test. */
function clockThatIsOff() {
  const clock = {
    offMs: 0,
    now: () => systemPorts.clock.now() + clock.offMs,
    after: systemPorts.clock.after.bind(systemPorts.clock),
  };
  return clock;
}

async function nodeWithClock(t: TestContext, name: string, dataDir?: string) {
  const clock = clockThatIsOff();
  const node = await startLocalNode(t, {
    name,
    ...(dataDir === undefined ? {} : { dataDir }),
    ports: { ...systemPorts, clock },
  });
  return { clock, node };
}

const bodies = async (node: LocalNode, room_id: string) =>
  (await node.api.timeline({ room_id })).items.filter(({ deleted }) => !deleted).map(({ body }) => body);

for (const [span, leapMs] of [
  ['ten minutes', 10 * 60_000],
  ['an hour', 3_600_000],
  ['ten years', 10 * yearMs],
] as const)
  test(`after a clock that ran ${span} fast for a minute, new messages show here and at a peer`, async (t) => {
    const { clock, node: a } = await nodeWithClock(t, 'a.test');
    const b = await startLocalNode(t, { name: 'b.test' });
    const room_id = await shareRoom(a, b, 'Lobby');
    await a.api.postMessage({ room_id, body: 'before' });

    clock.offMs = leapMs;
    await a.api.postMessage({ room_id, body: 'in the leap' });
    clock.offMs = 0;
    const after = await a.api.postMessage({ room_id, body: 'after' });
    await b.api.postMessage({ room_id, body: 'from b' }).catch(() => {});

    await until([a, b], 'the message shows on both', async () =>
      (await Promise.all([a, b].map((node) => bodies(node, room_id)))).every(
        (shown) => shown.includes('after') && shown.includes('from b'),
      ),
    );
    const event = JSON.parse((await a.api.event({ event_id: after.event_id })).envelope);
    assert.ok(Math.abs(event.origin_ts - Date.now()) < 60_000 + Math.min(leapMs, 10 * 60_000));
    assert.ok(event.depth < Date.now() + 15 * 60_000, 'our depth did not follow the leap');
  });

test('events dated by a fast clock are written again once the clock is confirmed, and show on every node', async (t) => {
  const { clock, node: a } = await nodeWithClock(t, 'a.test');
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = await shareRoom(a, b, 'Lobby');

  clock.offMs = 10 * yearMs;
  const lost = await a.api.postMessage({ room_id, body: 'in the leap' });
  await a.api.react({ room_id, event_id: lost.event_id, emoji: '👍' });
  await a.api.postMessage({ room_id, body: 'about that', reply_to: lost.event_id });
  await a.api.pinMessage({ room_id, event_id: lost.event_id, pinned: true });
  const made = await a.api.createRoom({ name: 'Made in the leap', join_rule: 'peers' });
  clock.offMs = 0;
  await a.api.trustClock({});

  const shown = await until([a, b], 'the words on both', async () => {
    const items = await Promise.all(
      [a, b].map(async (node) =>
        (await node.api.timeline({ room_id })).items.filter(({ body }) => body === 'in the leap'),
      ),
    );
    return items.every((each) => each.length === 1 && each[0]?.reactions.length === 1) ? items : false;
  });
  assert.ok(shown.every(([item]) => item !== undefined && Math.abs(item.origin_ts - Date.now()) < 60_000));
  const reply = await until([b], 'what answers them', async () =>
    (await b.api.timeline({ room_id })).items.find(({ body }) => body === 'about that'),
  );
  assert.equal(reply.reply_to?.message?.text, 'in the leap');
  await until([a, b], 'it is pinned again on both', async () => {
    const rooms = await Promise.all([a, b].map((node) => node.api.room({ room_id })));
    return rooms.every(({ pinned }) => pinned.join() === shown[0]?.[0]?.event_id);
  });
  const members = await until([a], 'its owner is in the room again', async () => {
    const { items } = await a.api.members({ room_id: made.room_id });
    return items.length > 0 ? items : false;
  });
  assert.deepEqual(
    members.map(({ user_id, role }) => [user_id, role]),
    [['@a:a.test', 'owner']],
  );
  await a.api.postMessage({ room_id: made.room_id, body: 'here' });
  assert.deepEqual(await bodies(a, made.room_id), ['here']);
});

test('a clock that was set back refuses to write, says why, and writes again once the owner confirms it', async (t) => {
  const { clock, node: a } = await nodeWithClock(t, 'a.test');
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await a.api.postMessage({ room_id, body: 'one' });
  await a.api.trustClock({});

  clock.offMs = -yearMs;
  await assert.rejects(
    a.api.postMessage({ room_id, body: 'two' }),
    /behind the time at which your server last ran/,
  );
  await assert.rejects(a.api.createRoom({ name: 'Empty', join_rule: 'peers' }), /writes nothing/);
  const { findings } = await a.api.doctor({});
  assert.equal(findings.find(({ code }) => code === 'clock-wrong')?.severity, 'error');
  assert.equal((await a.api.status({})).health.state, 'broken');

  await a.api.trustClock({});
  await a.api.postMessage({ room_id, body: 'three' });
  await until([a], 'both, what lay ahead with a new date', async () => {
    const shown = await bodies(a, room_id);
    return ['one', 'three'].every((body) => shown.includes(body));
  });
  const made = await a.api.createRoom({ name: 'Full', join_rule: 'peers' });
  assert.equal(
    (await a.api.members({ room_id: made.room_id })).items.length,
    1,
    'a room made then has its member',
  );
});

test('messages written after the clock was set back an hour show at once, and so do the members of a room made then', async (t) => {
  const { clock, node: a } = await nodeWithClock(t, 'a.test');
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await a.api.postMessage({ room_id, body: 'before' });
  clock.offMs = -3_600_000;
  await a.api.postMessage({ room_id, body: 'set back' });
  assert.deepEqual((await bodies(a, room_id)).sort(), ['before', 'set back']);
  const made = await a.api.createRoom({ name: 'Full', join_rule: 'peers' });
  await a.api.postMessage({ room_id: made.room_id, body: 'here' });
  assert.equal((await a.api.members({ room_id: made.room_id })).items.length, 1);
  assert.deepEqual(await bodies(a, made.room_id), ['here']);
  clock.offMs = 0;
  await a.api.postMessage({ room_id, body: 'after' });
  assert.deepEqual((await bodies(a, room_id)).sort(), ['after', 'before', 'set back']);
});

test('a message in a room that was made by a fast clock shows at once, also on other servers', async (t) => {
  const { clock, node: a } = await nodeWithClock(t, 'a.test');
  clock.offMs = 3_600_000;
  const { room_id } = await a.api.createRoom({ name: 'Made in the leap', join_rule: 'peers' });
  clock.offMs = 0;
  await a.api.postMessage({ room_id, body: 'after' });
  assert.deepEqual(await bodies(a, room_id), ['after']);
  await a.api.trustClock({});
  await until([a], 'it is in the present', async () => {
    const [item, ...more] = (await a.api.timeline({ room_id })).items.filter(({ deleted }) => !deleted);
    return item?.body === 'after' && item.depth < Date.now() + 15 * 60_000 && more.length === 0;
  });
});

test('the time of the last run is remembered: a clock far behind it at a start is not trusted', async (t) => {
  const { node: first } = await nodeWithClock(t, 'a.test');
  const { room_id } = await first.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await first.api.trustClock({});
  await first.stop();
  const clock = clockThatIsOff();
  clock.offMs = -3_600_000;
  const a = await startLocalNode(t, {
    name: 'a.test',
    dataDir: first.dataDir,
    ports: { ...systemPorts, clock },
  });
  await assert.rejects(a.api.postMessage({ room_id, body: 'no' }), /writes nothing/);
});

async function withRawMember(t: TestContext) {
  const a = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await a.api.addPeer({ endpoint: raw.url });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const join = JSON.stringify({ origin_server: 'raw.test', room_id, user_id: '@user:raw.test' });
  await raw.call(a.url, 'POST', '/join', join);
  return { a, raw, room_id };
}

test('a message whose depth followed another server’s wrong clock shows at its own time, before newer ones', async (t) => {
  const { a, raw, room_id } = await withRawMember(t);
  const leap = Date.now() + 10 * yearMs;
  const followed = raw.message(room_id, 'followed', { depth: leap + 1 });
  assert.equal((await raw.post(a.url, followed)).status, 202);
  await a.api.postMessage({ room_id, body: 'newer' });
  assert.deepEqual(await bodies(a, room_id), ['newer', 'followed']);
  assert.equal((await raw.post(a.url, followed)).body.inserted, false);

  const byDepth = await raw.call(a.url, 'GET', `/events?room_id=${room_id}&since_depth=0`);
  const depths = (byDepth.body.events as { depth: number }[]).map(({ depth }) => depth);
  assert.ok(
    depths.length > 0 && depths.every((depth) => depth < leap),
    'nothing that ends a reading by depth',
  );
});
