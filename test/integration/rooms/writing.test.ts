import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { assertError, besiege, HandClock } from '../../support/attack/node.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

const closed = { code: 'FORBIDDEN', message: /only owners and moderators/i };
const bodiesIn = async ({ api }: LocalNode, room_id: string, as?: string) =>
  (await api.timeline({ room_id, ...(as === undefined ? {} : { as }) })).items.map(({ body }) => body);

/** A room of a.test with its moderator Carla and its member Dora, and the owner of b.test. */
async function party(t: TestContext) {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = await shareRoom(a, b);
  const [carla, dora] = await Promise.all(
    ['carla', 'dora'].map(async (localpart) => (await a.api.addUser({ localpart })).user_id),
  );
  for (const as of [carla!, dora!]) await a.api.joinRoom({ room_id, as });
  await a.api.setModerator({ room_id, user_id: carla!, moderator: true });
  return { a, b, room_id, carla: carla!, dora: dora! };
}

test('where only owners and moderators write, everybody else reads and reacts, on every server', async (t) => {
  const { a, b, room_id, carla, dora } = await party(t);
  const { event_id } = await b.api.postMessage({ room_id, body: 'before' });
  await until([a, b], 'it', async () => (await bodiesIn(a, room_id)).length === 1);
  const moderated = { room_id, writers: 'moderators' } as const;
  await assert.rejects(b.api.setWriting(moderated), { code: 'FORBIDDEN' });
  await assert.rejects(a.api.setWriting({ ...moderated, as: carla }), { code: 'FORBIDDEN' });
  await a.api.setWriting(moderated);
  await until([a, b], 'the rule', async () => (await b.api.room({ room_id })).writers === 'moderators');
  for (const [{ api }, as] of [
    [b, '@b:b.test'],
    [a, dora],
  ] as const) {
    assert.equal((await api.room({ room_id, as })).may_write, false);
    await assert.rejects(api.postMessage({ room_id, body: 'too late', as }), closed);
    await api.react({ room_id, event_id, emoji: '👍', as });
  }
  await assert.rejects(b.api.editMessage({ room_id, event_id, body: 'changed' }), closed);
  await assert.rejects(b.api.typing({ room_id }), closed);
  await b.api.unreact({ room_id, event_id, emoji: '👍' });
  await b.api.deleteMessage({ room_id, event_id });
  for (const as of [carla, '@a:a.test']) {
    assert.equal((await a.api.room({ room_id, as })).may_write, true);
    await a.api.postMessage({ room_id, body: `news from ${as}`, as });
  }
  await until([a, b], 'the news', async () => (await bodiesIn(b, room_id)).length === 3);
  assert.deepEqual(await bodiesIn(b, room_id), ['news from @a:a.test', `news from ${carla}`, null]);
  await a.api.setModerator({ room_id, user_id: carla, moderator: false });
  await a.api.setModerator({ room_id, user_id: dora, moderator: true });
  await assert.rejects(a.api.postMessage({ room_id, body: 'no more', as: carla }), closed);
  await a.api.postMessage({ room_id, body: 'from now on', as: dora });
  await until([a, b], 'Dora', async () => (await bodiesIn(b, room_id))[0] === 'from now on');
  assert.equal((await bodiesIn(b, room_id))[2], `news from ${carla}`, 'what a moderator wrote stays');
  await a.api.setWriting({ room_id, writers: 'everybody' });
  await until([a, b], 'the end', async () => (await b.api.room({ room_id })).may_write);
  await b.api.postMessage({ room_id, body: 'after' });
});

test('a home refuses what only owners and moderators may write, and takes reactions and what was written before', async (t) => {
  const clock = new HandClock();
  const { raw, node, room } = await besiege(t, { ports: clock.ports });
  const before = clock.time + 10;
  clock.time += 1000;
  await node.api.setWriting({ room_id: room, writers: 'moderators' });
  const at = (depth: number) => ({ origin_ts: depth, depth });
  const send = (body: string, depth: number) => raw.post(node.url, raw.message(room, body, at(depth)));
  assertError(await send('too late', clock.time + 10), {
    status: 403,
    code: 'FORBIDDEN',
    proven: true,
    reason: 'only_moderators',
  });
  assert.equal((await send('in time', before)).status, 202);
  await node.api.setWriting({ room_id: room, writers: 'everybody' });
  clock.time += 1000;
  assert.equal((await send('after', clock.time)).status, 202);
  assert.deepEqual(await bodiesIn(node, room), ['after', 'in time']);
});

test('in slow mode, members wait between two messages, and owners and moderators don’t', async (t) => {
  const clock = new HandClock();
  const { node, room: room_id } = await besiege(t, { ports: clock.ports });
  const { api } = node;
  const { user_id: as } = await api.addUser({ localpart: 'carla' });
  await api.joinRoom({ room_id, as });
  const say = (body: string, more: object = { as }) => api.postMessage({ room_id, body, ...more });
  await say('before');
  clock.time += 2_500;
  await api.setWriting({ room_id, slow_seconds: 60 });
  const [before] = (await api.timeline({ room_id })).items;
  assert.equal((await api.room({ room_id, as })).next_message_at, before!.origin_ts + 60_000);
  const waits = (seconds: number) => (error: unknown) => {
    assert.ok(error instanceof ProtocolError, String(error));
    assert.deepEqual([error.code, error.retryAfterSeconds], ['RATE_LIMITED', seconds]);
    assert.match(error.message, new RegExp(`Wait ${seconds} seconds`));
    return true;
  };
  await assert.rejects(say('at once'), waits(58));
  clock.time += 58_000;
  assert.equal((await api.room({ room_id, as })).next_message_at, null);
  const both = await Promise.allSettled([say('one'), say('other')]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  clock.time += 61_000;
  const keyed = { as, client_key: 'key' };
  const again = await say('two', keyed);
  assert.deepEqual(await say('two', keyed), again, 'a repeated call writes nothing');
  await api.react({ room_id, event_id: again.event_id, emoji: '👍', as });
  await api.editMessage({ room_id, event_id: again.event_id, body: 'one!', as });
  await api.deleteMessage({ room_id, event_id: again.event_id, as });
  clock.time += 500;
  await assert.rejects(say('deleting wins no time'), waits(60));
  for (const body of ['owners', 'don’t wait']) await say(body, {});
  await api.setModerator({ room_id, user_id: as, moderator: true });
  for (const body of ['nor do', 'moderators']) await say(body);
  await api.setModerator({ room_id, user_id: as, moderator: false });
  clock.time += 500;
  await assert.rejects(say('a member again'), waits(60));
  await api.setWriting({ room_id, slow_seconds: 0 });
  for (const body of ['off', 'again']) await say(body);
});

test('a home delays what a server writes faster than slow mode lets it, and takes at once what it wrote in time', async (t) => {
  const clock = new HandClock();
  const { raw, node, room } = await besiege(t, { ports: clock.ports });
  await node.api.setWriting({ room_id: room, slow_seconds: 1 });
  const send = (depth: number) =>
    raw.post(node.url, raw.message(room, `${depth}`, { origin_ts: depth, depth }));
  const begin = clock.time + 10;
  clock.time += 40_000;
  const { burst } = limits.slowMode;
  for (let nr = 0; nr < 2 * burst - 2; nr++)
    assert.equal((await send(begin + nr * 1000)).status, 202, 'written without a connection');
  for (let nr = 0; nr <= burst; nr++) assert.equal((await send(clock.time + nr)).status, 202);
  const late = await send(clock.time + burst + 1);
  assertError(late, { status: 429, code: 'RATE_LIMITED', proven: true });
  assert.equal(late.headers.get('retry-after'), '1');
  clock.time += 1000;
  assert.equal((await send(clock.time - 1)).status, 202, 'nothing is lost');
});
