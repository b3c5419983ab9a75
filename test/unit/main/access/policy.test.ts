import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AccessFacts,
  audienceOf,
  type Caller,
  decide,
  shown,
  whyNotProcedure,
} from '../../../../main/access/policy.ts';
import type { Change } from '../../../../main/changes.ts';
import { done, nothing } from '../../../../shared/api/contract/fields.ts';
import { inputFields, procedure } from '../../../../shared/api/contract/procedure.ts';
import { contract, type ProcedureName } from '../../../../shared/api/contract.ts';
import { type Role, roles } from '../../../../shared/api/roles.ts';
import { topicAccess } from '../../../../shared/api/topics.ts';
import { quoted } from '../../../../shared/words/said.ts';
import { attacksOn, mayUse, procedureNames } from '../../../support/attacks.ts';
import { inEnglish } from '../../../support/words.ts';

const isBelowMember = ({ role }: { readonly role: Role }) => role === 'guest' || role === 'child';
const bob = '@bob:a.test';
const [his, theirs] = ['!1:a.test', '!2:a.test'];
const foreign = { room: theirs, event: '$in-theirs:a.test', invite: '$hers:a.test', user: '@owner:a.test' };
const isTold = (caller: Caller, change: Change, about: AccessFacts) => audienceOf(change, about)(caller);
/** Bob is in one room, the invite is his, and each room has an event named after it. */
const facts: AccessFacts = {
  isMember: (room, user) => room === his && user === bob,
  membersOf: (room) => new Set(room === his ? [bob] : []),
  isClosed: () => false,
  inviteeOf: (id) => ({ '$his:a.test': bob, '$hers:a.test': '@ann:a.test' })[id],
  roomOf: (id) => ({ '$in-his:a.test': his, '$in-theirs:a.test': theirs })[id],
  roleOf: (user) =>
    (
      ({
        '@owner:a.test': 'owner',
        '@ann:a.test': 'admin',
        '@max:a.test': 'member',
        '@kim:a.test': 'child',
      }) as const
    )[user],
  meet: (_user, other) => other === '@met:b.test',
};
const people = roles.map((role) => ({ kind: 'person', userId: bob, role, device: 'phone' }) as const);
const bot = { kind: 'bot', userId: bob } as const;
const machine = { kind: 'machine' } as const;
const callers = [...people, bot];
const kindOf = (caller: (typeof callers)[number]) => (caller.kind === 'bot' ? 'bot' : caller.role);

function why(caller: Caller, name: ProcedureName, input: object): string {
  const verdict = decide(caller, name, input, facts);
  assert.equal(verdict.allowed, false, `${name} ${JSON.stringify(input)}`);
  return verdict.allowed ? '' : inEnglish(verdict.why);
}

test('a procedure that does not state who may call it fails the type check', () => {
  // @ts-expect-error: the access is missing
  assert.equal(procedure('GET', '/x', 'Without', nothing, done).output, undefined);
});

test('each procedure is refused to everyone for whom the contract does not state it', () => {
  for (const caller of callers)
    for (const name of procedureNames) {
      const may = mayUse(kindOf(caller), contract[name].access);
      assert.equal(whyNotProcedure(caller, name) === null, may, `${name} by ${kindOf(caller)}`);
      if (!may) assert.match(why(caller, name, {}), / may not use [A-Z]+ \//);
    }
});

test('each procedure is refused about rooms, events, invites and people that are not the caller’s', () => {
  for (const caller of callers)
    for (const name of procedureNames.filter((one) => mayUse(kindOf(caller), contract[one].access)))
      for (const { what, input } of attacksOn(name, { room: his }, foreign))
        assert.notEqual(why(caller, name, input), '', `${name} by ${kindOf(caller)} ${what}`);
});

test('things of others are refused like things that don’t exist', () => {
  for (const name of procedureNames) {
    for (const { input } of attacksOn(name, { room: his }, foreign)) {
      const [field, hidden] = Object.entries(input).at(-1)!;
      if (field !== 'event_id' && field !== 'id') continue;
      const [about, none] = [hidden, '$none:a.test'].map((id) =>
        why(people.at(-1)!, name, { ...input, [field]: id }).replace(id, 'ID'),
      );
      assert.equal(about, none, name);
    }
  }
});

test('without “as”, everyone but the machine acts as their own user', () => {
  for (const caller of callers)
    for (const name of procedureNames) {
      if (!mayUse(kindOf(caller), contract[name].access)) continue;
      const fields = inputFields(contract[name]);
      const input = fields.includes('room_id') ? { room_id: his } : {};
      const { over } = contract[name].access;
      if (over === 'person' || !fields.includes('as')) continue;
      const verdict = decide(caller, name, input, facts);
      const device =
        fields.includes('this_device') && 'device' in caller ? { this_device: caller.device } : {};
      assert.deepEqual(verdict, { allowed: true, input: { ...input, as: bob, ...device } }, name);
      assert.deepEqual(decide(caller, name, { ...input, as: bob, ...device }, facts), verdict);
      const forged = decide(
        caller,
        name,
        { ...input, ...(device.this_device && { this_device: 'hers' }) },
        facts,
      );
      assert.deepEqual(forged, verdict, name);
    }
});

test('a user ID that differs in case or by a space is somebody else', () => {
  for (const as of ['@BOB:a.test', ' @bob:a.test', ''])
    assert.match(why(bot, 'postMessage', { room_id: his, body: 'x', as }), /writes as .*, not as/);
});

test('keys, the identity, backups, moving data and the tokens of others are for the machine alone', () => {
  const only = procedureNames.filter((name) => contract[name].access.least === 'machine');
  assert.deepEqual(only.toSorted(), [
    'addToken',
    'backUp',
    'backups',
    'browsers',
    'changeSettings',
    'confirmTrust',
    'diagnostics',
    'drill',
    'dropName',
    'exportIdentity',
    'finishRecovery',
    'keepName',
    'keys',
    'logOutBrowser',
    'makeLoginLink',
    'recoverIdentity',
    'recovery',
    'rename',
    'restoreBackup',
    'revokeToken',
    'rotateKeys',
    'setUp',
    'startRecovery',
    'tokens',
    'trustClock',
  ]);
  for (const name of only) assert.equal(contract[name].access.bots, false, name);
});

test('the machine acts for users who cannot log in, and for nobody who can', () => {
  for (const name of procedureNames.filter((one) => inputFields(contract[one]).includes('as'))) {
    for (const as of ['@owner:a.test', '@bridge:a.test'])
      assert.deepEqual(decide(machine, name, { as }, facts), { allowed: true, input: { as } }, name);
    for (const as of ['@ann:a.test', '@max:a.test', '@kim:a.test'])
      assert.match(why(machine, name, { as }), /speaks for themselves/, name);
  }
});

test('the machine answers the invites of nobody who logs in', () => {
  const invites = (user: string) => ({ ...facts, inviteeOf: () => user });
  for (const name of ['acceptInvite', 'declineInvite'] as const) {
    for (const user of ['@owner:a.test', '@bridge:a.test'])
      assert.equal(decide(machine, name, { id: '$1' }, invites(user)).allowed, true, user);
    for (const user of ['@max:a.test', '@kim:a.test'])
      assert.equal(decide(machine, name, { id: '$1' }, invites(user)).allowed, false, user);
  }
});

test('a room that is closed to a child shows it nothing, and tells it only that it changed', () => {
  const child = { kind: 'person', userId: bob, role: 'child' } as const;
  const closed = { ...facts, isClosed: () => true };
  for (const name of procedureNames.filter((one) => contract[one].access.over === 'room')) {
    if (!mayUse('child', contract[name].access)) continue;
    const { allowed } = decide(child, name, { room_id: his, event_id: '$in-his:a.test' }, closed);
    const isLeft = ['inviteUser', 'deleteMessage', 'muteRoom', 'markRead'].includes(name);
    assert.equal(allowed, isLeft, name);
  }
  assert.equal(decide(child, 'event', { event_id: '$in-his:a.test' }, closed).allowed, false);
  assert.equal(isTold(child, { topic: 'room', room_id: his }, closed), true);
  assert.equal(isTold(child, { topic: 'typing', room_id: his, users: [] }, closed), false);
  for (const topic of ['members', 'timeline'] as const)
    assert.equal(isTold(child, { topic, room_id: his, event_id: '$1' }, closed), false, topic);
  const view = {
    membership: 'joined',
    join_rule: 'invite',
    topic: 'Sunday',
    description: 'Bring cake',
    pinned: ['$1:a.test'],
    channels: [{ name: 'general' }],
    last_event_at: 1,
  };
  const seen = (waits: string, homed_here: boolean, role: 'child' | 'guest') =>
    shown({ ...child, role }, 'room', { ...view, waits, homed_here }, closed) as typeof view | null;
  const closedRoom = seen('people', false, 'child');
  const { topic, description, pinned, channels } = closedRoom ?? view;
  assert.deepEqual([topic, description, pinned, channels], ['', '', [], []]);
  assert.deepEqual(seen('room', true, 'child')?.channels, []);
  assert.equal(seen('room', false, 'child'), null);
  assert.equal(seen('room', true, 'guest'), null);
});

const answeringRoom = [
  ...(['room', 'leaveRoom', 'muteRoom', 'changeRoom', 'describeRoom', 'joinRoom', 'acceptInvite'] as const),
];

test('a caller sees the rooms that they are in, were in or may join', () => {
  const room = (membership: string | null, join_rule: string) => ({
    membership,
    join_rule,
    waits: null,
    name: 'Kitchen',
    topic: 'The door code',
    description: 'is 4711',
    picture: 'ab'.repeat(32),
    pinned: ['$1:a.test'],
    channels: [{ name: 'general' }],
    last_message: { text: 'The door code is 4711' },
    last_event_at: 1,
  });
  const without = (seen: unknown) => ({
    ...(seen as object),
    topic: '',
    description: '',
    picture: null,
    pinned: [],
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
  for (const caller of callers) {
    const sees = (name: ProcedureName, output: unknown) => shown(caller, name, output, facts);
    assert.deepEqual(sees('rooms', { items, next: 'x' }), {
      items: [without(items[1]), items[2], without(items[3])],
      next: 'x',
    });
    assert.equal(sees('room', items[0]), null);
    assert.equal(sees('room', items[2]), items[2]);
    for (const name of answeringRoom) assert.deepEqual(sees(name, items[3]), without(items[3]), name);
  }
  assert.equal(shown(machine, 'room', items[0], facts), items[0]);
});

test('people that others met in rooms are found only by those who are in such a room', () => {
  const person = (user_id: string, source: string) => ({ user_id, source });
  const items = [person('@ann:a.test', 'here'), person('@met:b.test', 'met'), person('@spy:b.test', 'met')];
  const found = shown(people[2]!, 'people', { items, next: null }, facts);
  assert.deepEqual(found, { items: items.slice(0, 2), next: null });
});

/** One change of each topic, about what is not Bob's. */
const changes: { readonly [T in Change['topic']]: Extract<Change, { readonly topic: T }> } = {
  room: { topic: 'room', room_id: theirs },
  timeline: { topic: 'timeline', room_id: theirs, event_id: '$in-theirs:a.test' },
  typing: { topic: 'typing', room_id: theirs, users: ['@ann:a.test'] },
  read: { topic: 'read', room_id: his, user_id: '@ann:a.test' },
  members: { topic: 'members', room_id: theirs },
  invites: { topic: 'invites' },
  peer: { topic: 'peer', server_name: 'b.test' },
  delivery: { topic: 'delivery', destination: 'b.test', event_id: '$in-theirs:a.test', outcome: 'delivered' },
  outbox: { topic: 'outbox', destination: 'b.test' },
  directory: { topic: 'directory', server_name: 'b.test' },
  held: { topic: 'held', server_name: 'b.test' },
  'peer-invites': { topic: 'peer-invites' },
  doctor: { topic: 'doctor' },
  check: { topic: 'check', server_name: 'b.test' },
  keys: { topic: 'keys' },
  settings: { topic: 'settings' },
  recovery: { topic: 'recovery' },
  work: { topic: 'work' },
  resync: { topic: 'resync' },
  account: { topic: 'account', user_id: '@ann:a.test' },
  people: { topic: 'people' },
  notice: { topic: 'notice', level: 'warning', said: quoted('x') },
};

test('only the machine learns of others’ changes, and a change of the node reaches those for whom it is stated', () => {
  for (const change of Object.values(changes)) {
    const access = topicAccess[change.topic];
    const isOfOthers = access.over === 'room' || 'user_id' in change;
    assert.equal(isTold(machine, change, facts), true);
    for (const caller of callers)
      assert.equal(
        isTold(caller, change, facts),
        mayUse(kindOf(caller), access) && !isOfOthers,
        `${change.topic} to ${kindOf(caller)}`,
      );
  }
});

test('the members of a room are read once for all receivers of a change, and again for the next change', () => {
  let reads = 0;
  const counted = {
    ...facts,
    membersOf(room: string) {
      reads++;
      return facts.membersOf(room);
    },
  };
  const receives = audienceOf({ topic: 'members', room_id: his }, counted);
  for (const caller of [...people, bot]) assert.equal(receives(caller), true);
  assert.equal(reads, 1);
  assert.equal(audienceOf({ topic: 'members', room_id: theirs }, counted)(bot), false);
  assert.equal(reads, 2);
});

test('only people to whom rooms close are checked for a closed room', () => {
  const asked: Caller[] = [];
  for (const caller of people) {
    const isClosed = () => asked.push(caller) > 0;
    const receives = audienceOf({ topic: 'members', room_id: his }, { ...facts, isClosed });
    assert.equal(receives(caller), !isBelowMember(caller));
  }
  assert.deepEqual(asked, people.filter(isBelowMember));
});

test('somebody who is taken out of a room learns that, and nothing else of the room', () => {
  for (const caller of callers) {
    const told = (about: string) => isTold(caller, { topic: 'members', room_id: theirs, about }, facts);
    assert.equal(told(bob), true);
    assert.equal(told('@ann:a.test'), false);
    assert.equal(isTold(caller, { topic: 'room', room_id: theirs }, facts), false);
  }
});

test('callers learn of changes in their own rooms', () => {
  for (const caller of people) {
    const told = (change: Change) => isTold(caller, change, facts);
    for (const topic of ['room', 'members'] as const) assert.equal(told({ topic, room_id: his }), true);
    assert.equal(told({ ...changes.timeline, room_id: his }), true);
    assert.equal(told({ ...changes.delivery, event_id: '$in-his:a.test' }), true);
    assert.equal(told({ ...changes.read, user_id: bob }), true);
  }
  assert.equal(isTold(bot, { topic: 'room', room_id: his }, facts), true);
});
