import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireEvent } from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import { beGuest } from '../../../support/attack/home.ts';
import {
  assertError,
  besiege,
  HandClock,
  joins,
  memberBody,
  rowsOf,
  type Siege,
  user,
} from '../../../support/attack/node.ts';
import { ask } from '../../../support/attack/socket.ts';
import type { RawAnswer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

const limited = { status: 429, code: 'RATE_LIMITED' };
const ofEvent = (answer: RawAnswer) => (answer.body.details as { scope?: string } | null)?.scope;

async function timed(t: Parameters<typeof besiege>[0]): Promise<{ siege: Siege; clock: HandClock }> {
  const clock = new HandClock();
  return { siege: await besiege(t, { ports: clock.ports }), clock };
}

/** Sent at the node's time. */
async function send({ node, raw }: Siege, clock: HandClock, path: string, body: string): Promise<RawAnswer> {
  const target = federationPrefix + path;
  const headers = Object.entries(raw.headers('POST', target, body, clock.time));
  return ask(node.url, 'POST', target, headers, body);
}

test('edits and reactions of one message come at a bounded pace, and aren’t lost', async (t) => {
  const { siege, clock } = await timed(t);
  const { node, raw, room } = siege;
  const message = raw.message(room, 'popular');
  const other = raw.message(room, 'another');
  for (const event of [message, other]) assert.equal((await raw.post(node.url, event)).status, 202);
  const reaction = (about: string, n: number) =>
    wireEvent(
      raw.event({
        room,
        type: n % 2 === 0 ? 'm.reaction.add' : 'm.reaction.remove',
        content: { message_id: about, emoji: '👍' },
      }),
    );
  const id = message.event_id.slice(1).split(':')[0] ?? '';
  let refused = '';
  let count = 0;
  for (; count <= limits.messageEffects.burst && refused === ''; count++) {
    const body = reaction(id, count);
    const answer = await send(siege, clock, '/event', body);
    if (answer.status === 202) continue;
    refused = body;
    assertError(answer, limited);
    assert.equal(ofEvent(answer), 'event');
    assert.equal(answer.headers.get('retry-after'), '1');
  }
  assert.equal(count, limits.messageEffects.burst + 1);
  // Neither another message, nor another event, has to wait for it.
  const otherId = other.event_id.slice(1).split(':')[0] ?? '';
  assert.equal((await send(siege, clock, '/event', reaction(otherId, 0))).status, 202);
  assert.equal((await send(siege, clock, '/event', wireEvent(raw.message(room, 'hello')))).status, 202);
  const deletion = raw.event({ room, type: 'm.message.delete', content: { message_id: otherId } });
  assert.equal((await send(siege, clock, '/event', wireEvent(deletion))).status, 202);
  clock.time += 1000;
  assert.equal((await send(siege, clock, '/event', refused)).status, 202);
  // An event that is stored already is a success, as ever.
  clock.time += 1;
  assert.equal((await send(siege, clock, '/event', refused)).body.inserted, false);
});

test('one user joins and leaves at a bounded pace', async (t) => {
  const { siege, clock } = await timed(t);
  const { raw, room } = siege;
  const change = (n: number) =>
    send(siege, clock, n % 2 === 0 ? '/leave' : '/join', memberBody(raw.name, room, user));
  // Joining took one.
  for (let n = 0; n < limits.memberChanges.burst - 1; n++) {
    clock.time += 1;
    assert.equal((await change(n)).status, 200, `change ${n}`);
  }
  assertError(await change(limits.memberChanges.burst - 1), limited);
  assert.equal((await joins(siege, '@second:raw.test')).status, 200, 'another user');
  clock.time += 60_000 / limits.memberChanges.perMinute;
  assert.equal((await change(limits.memberChanges.burst - 1)).status, 200);
});

test('a flood of joins by users of one server ends with the burst', async (t) => {
  const { siege, clock } = await timed(t);
  const { node, raw, room } = siege;
  const join = (n: number) => send(siege, clock, '/join', memberBody(raw.name, room, `@new${n}:raw.test`));
  const { burst, perMinute } = limits.newUsers;
  let answer = await join(0);
  let n = 1;
  for (; answer.status === 200 && n <= burst; n++) answer = await join(n);
  assertError(answer, limited);
  assert.equal(ofEvent(answer), 'event');
  assert.equal(rowsOf(node, 'room_members', "server = 'raw.test'").length, burst);
  // Someone who has been in may come back meanwhile, and another room is not affected.
  assert.equal((await send(siege, clock, '/leave', memberBody(raw.name, room, user))).status, 200);
  assert.equal((await joins(siege)).status, 200);
  const other = await node.api.createRoom({ name: 'Other', join_rule: 'peers' });
  assert.equal((await joins({ ...siege, room: other.room_id }, '@new0:raw.test')).status, 200);
  clock.time += 60_000 / perMinute;
  assert.equal((await join(n)).status, 200);
});

test('events that a reader meets too fast are read again later, and aren’t lost', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const message = home.message(room, 'popular');
  guest.shelf.push(wireEvent(message));
  const message_id = message.event_id.slice(1).split(':')[0] ?? '';
  const count = limits.messageEffects.burst + 3;
  for (let i = 0; i < count; i++)
    guest.shelf.push(
      wireEvent(home.event({ room, type: 'm.reaction.add', content: { message_id, emoji: `${i}` } })),
    );
  guest.shelf.push(wireEvent(home.message(room, 'behind them')));
  await until([node], 'every reaction, and what comes behind them', async () => {
    const { items } = await node.api.timeline({ room_id: room });
    const shown = items.find(({ body }) => body === 'popular')?.reactions.length;
    return shown === count && items.some(({ body }) => body === 'behind them');
  });
});

test('a peer that sends more bytes than it may has to wait, and then is accepted again', async (t) => {
  const { siege, clock } = await timed(t);
  const { raw, room } = siege;
  const large = 'x'.repeat(limits.contentBytesMax - 500);
  const message = () => send(siege, clock, '/event', wireEvent(raw.message(room, large)));
  const enough = Math.ceil(limits.peerBytes.burst / limits.contentBytesMax) + 1;
  let sent = 0;
  let answer = await message();
  for (; answer.status === 202 && sent < enough; sent++) answer = await message();
  assertError(answer, limited);
  assert.ok(sent >= enough - 3, `${sent} messages`);
  clock.time += 1000 * Number(answer.headers.get('retry-after'));
  assert.equal((await message()).status, 202);
});

test('room invites of one server come at a bounded pace, up to a bounded number, and the owner sees it', async (t) => {
  const { siege, clock } = await timed(t);
  const { node, raw } = siege;
  const invite = (n: number) =>
    wireEvent(
      raw.event({
        room: `!${n + 1}:raw.test`,
        type: 'm.member.invite',
        state_key: '@a:a.test',
        content: { guild_id: String(n + 1), user_id: '1', guild_name: `Room ${n}` },
      }),
    );
  let last: RawAnswer | undefined;
  for (let n = 0; n < limits.roomInvitesMax; n++) {
    last = await send(siege, clock, '/event', invite(n));
    if (last.status === 429) {
      assert.equal(ofEvent(last), 'event');
      clock.time += 60_000 / limits.roomInvites.perMinute;
      last = await send(siege, clock, '/event', invite(n));
    }
    assert.equal(last.status, 202);
    raw.validUntil = clock.time + 86_400_000;
  }
  const extra = invite(limits.roomInvitesMax);
  const refused = await send(siege, clock, '/event', extra);
  assertError(refused, limited);
  assert.equal(refused.headers.get('retry-after'), '600');
  const { items } = await node.api.invites({});
  assert.equal(rowsOf(node, 'room_invites').length, limits.roomInvitesMax);
  // Revoking is possible, and doesn't make room at once for another.
  const revoked = wireEvent(
    raw.event({ room: '!1:raw.test', type: 'm.member.uninvite', state_key: '@a:a.test', content: {} }),
  );
  clock.time += 60_000 / limits.roomInvites.perMinute;
  assert.equal((await send(siege, clock, '/event', revoked)).status, 202);
  assert.equal((await node.api.invites({ limit: 200 })).items.length, limits.roomInvitesMax - 1);
  assertError(await send(siege, clock, '/event', extra), limited);
  assert.match(
    (await node.api.peer({ server_name: 'raw.test' })).warnings.join(),
    /more than 100 room invites/,
  );
  await node.api.declineInvite({ id: items[1]?.id ?? '' });
  clock.time += 60_000;
  assert.equal((await send(siege, clock, '/event', extra)).status, 202);
});
