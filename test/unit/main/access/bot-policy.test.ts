import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BotFacts,
  decideBot,
  shownToBot,
  toldToBot,
  whyNotProcedure,
} from '../../../../main/access/bot-policy.ts';
import type { Change } from '../../../../main/changes.ts';
import { contract, type ProcedureName } from '../../../../shared/api/contract.ts';
import { quoted } from '../../../../shared/words/said.ts';
import { inEnglish } from '../../../support/words.ts';

const bob = '@bob:a.test';
const [his, theirs] = ['!1:a.test', '!2:a.test'];
/** Bob is in one room, the invite is his, and each room has an event named after it. */
const facts: BotFacts = {
  isMember: (room, user) => room === his && user === bob,
  inviteeOf: (id) => ({ '$his:a.test': bob, '$hers:a.test': '@ann:a.test' })[id],
  roomOf: (id) => ({ '$in-his:a.test': his, '$in-theirs:a.test': theirs })[id],
};
const decide = (name: ProcedureName, input: object) => decideBot(name, input, bob, facts);
const why = (name: ProcedureName, input: object): string => {
  const verdict = decide(name, input);
  assert.equal(verdict.allowed, false, `${name} ${JSON.stringify(input)}`);
  return verdict.allowed ? '' : inEnglish(verdict.why);
};
const names = Object.keys(contract) as ProcedureName[];

test('a bot may use room calls and the status, and nothing else, not even calls added later', () => {
  assert.deepEqual(names.filter((name) => whyNotProcedure(name) === null).sort(), [
    'acceptInvite',
    'addChannel',
    'changeRoom',
    'channels',
    'createRoom',
    'declineInvite',
    'deleteMessage',
    'editMessage',
    'event',
    'inviteUser',
    'invites',
    'joinRoom',
    'leaveRoom',
    'markRead',
    'members',
    'muteRoom',
    'postMessage',
    'react',
    'removeMember',
    'revokeInvite',
    'room',
    'rooms',
    'sentInvites',
    'status',
    'timeline',
    'unreact',
    'unread',
  ]);
  for (const name of names.filter((one) => whyNotProcedure(one) !== null))
    assert.match(why(name, {}), /^A bot token may not use [A-Z]+ \/.*only in rooms/);
});

test('without “as”, a bot acts as its own user, never as the owner', () => {
  for (const name of names.filter((one) => whyNotProcedure(one) === null)) {
    if (!('as' in contract[name].input.entries)) continue;
    const verdict = decide(name, { room_id: his });
    assert.deepEqual(verdict, { allowed: true, input: { room_id: his, as: bob } }, name);
    assert.deepEqual(decide(name, { room_id: his, as: bob }), verdict);
  }
});

test('a bot can’t act as anyone else', () => {
  for (const as of ['@ann:a.test', '@owner:a.test', '@BOB:a.test', ' @bob:a.test', '']) {
    assert.match(why('postMessage', { room_id: his, body: 'x', as }), /cannot act as/);
    assert.match(why('rooms', { as }), /cannot act as/);
  }
});

test('a bot reads in rooms that its user is in, and in no other', () => {
  for (const name of ['timeline', 'members', 'sentInvites', 'channels', 'markRead', 'muteRoom'] as const) {
    assert.equal(decide(name, { room_id: his }).allowed, true);
    assert.match(why(name, { room_id: theirs }), /is not in the room !2:a\.test/);
  }
  assert.equal(decide('event', { event_id: '$in-his:a.test' }).allowed, true);
  const [hidden, missing] = ['$in-theirs:a.test', '$nowhere:a.test'].map((event_id) =>
    why('event', { event_id }).replace(event_id, 'ID'),
  );
  assert.equal(hidden, missing, 'and does not learn which events there are');
});

test('a bot only answers invites for its user, and doesn’t see others', () => {
  for (const name of ['acceptInvite', 'declineInvite'] as const) {
    assert.deepEqual(decide(name, { id: '$his:a.test' }), { allowed: true, input: { id: '$his:a.test' } });
    const [hers, none] = ['$hers:a.test', '$none:a.test'].map((id) => why(name, { id }).replace(id, 'ID'));
    assert.equal(hers, none);
  }
});

test('a bot sees the rooms that its user is in, was in or may join', () => {
  const room = (membership: string | null, join_rule: string) => ({
    ...{ membership, join_rule, name: 'Kitchen' },
    ...{ channels: [{ name: 'general' }], last_message: { text: 'The door code is 4711' }, last_event_at: 1 },
  });
  const without = (seen: unknown) => ({
    ...(seen as object),
    channels: [],
    last_message: null,
    last_event_at: null,
  });
  const items = [
    room(null, 'invite'),
    room(null, 'peers'),
    room('joined', 'invite'),
    room('removed', 'invite'),
  ];
  assert.deepEqual(shownToBot('rooms', { items, next: 'x' }), {
    items: [without(items[1]), items[2], without(items[3])],
    next: 'x',
  });
  assert.equal(shownToBot('room', items[0]), null);
  assert.equal(shownToBot('room', items[2]), items[2]);
  for (const name of ['room', 'leaveRoom', 'muteRoom', 'changeRoom', 'joinRoom', 'acceptInvite'] as const)
    assert.deepEqual(shownToBot(name, items[3]), without(items[3]), name);
});

test('a bot receives changes of its rooms, and none of the node', () => {
  const told = (change: Change) => toldToBot(change, bob, facts);
  for (const topic of ['room', 'members'] as const) {
    assert.equal(told({ topic, room_id: his }), true);
    assert.equal(told({ topic, room_id: theirs }), false);
  }
  assert.equal(told({ topic: 'timeline', room_id: theirs, event_id: '$1:a.test' }), false);
  for (const topic of ['invites', 'resync'] as const) assert.equal(told({ topic }), true);
  for (const change of [
    { topic: 'peer', server_name: 'b.test' },
    { topic: 'held', server_name: 'b.test' },
    { topic: 'outbox', destination: 'b.test' },
    { topic: 'delivery', destination: 'b.test', event_id: '$1:a.test', outcome: 'delivered' },
    { topic: 'keys' },
    { topic: 'settings' },
    { topic: 'notice', level: 'warning', said: quoted('x') },
  ] as const)
    assert.equal(told(change), false, change.topic);
});
