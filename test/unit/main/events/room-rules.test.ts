import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomWriter } from '../../../../main/events/projection/room-writer.ts';
import { RoomRules, type RoomRulesDeps } from '../../../../main/events/room-rules.ts';
import type { VerifiedEvent } from '../../../../main/events/verify.ts';
import type { Meaning } from '../../../../shared/protocol/events/event-content.ts';
import { parseUserId } from '../../../../shared/protocol/identifiers.ts';
import type { ClosedBy } from '../../../../shared/protocol/room-state.ts';
import { refused } from '../../../support/words.ts';

const [us, home, peer] = ['us.test', 'home.test', 'peer.test'];
const now = 1_700_000_000_000;
const roomId = `!1:${home}`;
const message = { kind: 'message' } as Meaning;
const invite = (subject: string): Meaning => ({
  kind: 'invite',
  direct: false,
  roomName: null,
  description: '',
  subject,
  revoked: false,
});
const membership = (change: 'join' | 'leave' | 'remove', subject = `@b:${peer}`): Meaning => ({
  kind: 'membership',
  role: 'member',
  change,
  subject,
});

interface World {
  /** The room's home; null where the room is not known here. */
  readonly home?: string | null;
  /** Servers with a member. */
  readonly servers?: readonly string[];
  readonly acting?: boolean;
  /** The home announces members. */
  readonly announces?: boolean;
  /** Whether it comes long after its sender went. */
  readonly late?: boolean;
  /** Why the sender may not write. */
  readonly closed?: ClosedBy;
  readonly former?: readonly string[];
  readonly joining?: boolean;
  readonly standing?: string;
  readonly localUsers?: readonly string[];
  /** The user that the content names. */
  readonly names?: string;
}

/** The verdict of the rules on an event of one server that another server delivers. */
function judged(meaning: Meaning, by: { origin: string; hop?: string | null }, world: World = {}) {
  const { servers = [us, home, peer], acting = true, former = [], localUsers = [`@a:${us}`] } = world;
  const home_announces = world.announces ? 1 : 0;
  const row = world.home === null ? null : { room_id: roomId, home: world.home ?? home, home_announces };
  const room = row && { row, servers: new Set(servers) };
  const steps: unknown[] = [];
  const rooms = {
    get: () => room ?? undefined,
    isByHome: (_: object, envelope: { origin_server: string }) => envelope.origin_server === row?.home,
    serverOfUser: (user: string) => parseUserId(user).server,
    mayAct: () => acting,
    closedTo: () => world.closed ?? null,
    waiting: () => null,
    isTooLate: () => world.late ?? false,
    hasMemberOf: (_: object, server: string) => servers.includes(server),
    noteRefused: (...args: unknown[]) => steps.push(args.slice(1)),
    rows: {
      isLocalUser: (user: string) => localUsers.includes(user),
      isJoining: () => world.joining ?? false,
    },
    wasIn: (_: object, user: string) => former.includes(user),
  } as unknown as RoomWriter;
  const rules = new RoomRules(rooms, {
    directory: { standing: () => world.standing ?? 'allowed', serverOf: (domain: string) => domain },
    keyring: { serverName: us, domain: 'our-domain.test' },
    clock: { now: () => now },
  } as unknown as RoomRulesDeps);
  const { origin, hop = origin } = by;
  const content = new Map(world.names === undefined ? [] : [['membership_user_id', world.names]]);
  const envelope = { room_id: roomId, origin_server: origin, sender: `@b:${origin}`, depth: 5, content };
  const event = { envelope, meaning, hop } as unknown as VerifiedEvent;
  return { admit: () => rules.admit(event), room, steps };
}

function admits(...args: Parameters<typeof judged>): void {
  const { admit, room, steps } = judged(...args);
  assert.equal(admit(), room);
  assert.deepEqual(steps, []);
}
const refuses = (...args: Parameters<typeof judged>) => refused(judged(...args).admit).slice(0, 4);
const closed = (code: string) => ['FORBIDDEN', code, { room: roomId }, { reason: 'room_closed' }];
const no = (code: string, params: object, reason: string) => [
  'FORBIDDEN',
  code,
  params,
  { scope: 'event', reason },
];

test('events of a room that nobody here is in are refused, unless they are written here', () => {
  assert.deepEqual(refuses(message, { origin: home }, { home: null }), closed('event.nobody_in'));
  const left = { servers: [home, peer] };
  assert.deepEqual(refuses(message, { origin: home }, left), closed('event.nobody_left'));
  assert.deepEqual(refuses(message, { origin: peer }, left), closed('event.nobody_left'));
  assert.deepEqual(
    refuses(membership('leave'), { origin: home }, left),
    closed('event.nobody_left'),
    'somebody else’s membership',
  );
  admits(message, { origin: us, hop: null }, left);
});

test('nobody writes where the room isn’t open to them, but what comes back to its own server is taken', () => {
  for (const closed of ['room_archived', 'only_moderators'] as const) {
    const refusedAt = (server: string) => no(`room.${closed}`, { home: server }, closed);
    const ours = { home: us, closed };
    assert.deepEqual(refuses(message, { origin: peer }, ours), refusedAt(us));
    assert.deepEqual(refuses(message, { origin: us, hop: null }, ours), refusedAt(us));
    admits(message, { origin: us, hop: peer }, ours);
    admits(message, { origin: peer }, { home, closed });
    assert.deepEqual(refuses(message, { origin: us, hop: null }, { home, closed }), refusedAt(home));
    admits(membership('leave'), { origin: peer }, ours);
    const { admit, steps } = judged(message, { origin: peer }, ours);
    assert.throws(admit);
    assert.deepEqual(steps, [[5, now]], 'what the home writes next is placed after it');
  }
});

test('a room concerns us while we are in it, ask to be let in, or one of our users is meant', () => {
  for (const origin of [home, peer]) {
    admits(message, { origin });
    admits(message, { origin }, { servers: [home, peer], joining: true });
  }
  admits(membership('remove', `@a:${us}`), { origin: home }, { servers: [home] });
  admits(message, { origin: us, hop: null }, { home: us, servers: [] });
  admits(message, { origin: us }, { home: us, servers: [] });
});

test('an invite to an unknown room is accepted from its home, for a user of ours', () => {
  const admitsNone = (subject: string, localUsers: readonly string[]) => {
    const { admit } = judged(invite(subject), { origin: home }, { home: null, localUsers });
    assert.equal(admit(), null);
  };
  admitsNone(`@a:${us}`, [`@a:${us}`]);
  admitsNone('@a:our-domain.test', ['@a:our-domain.test']);
  assert.deepEqual(
    refuses(invite(`@c:${us}`), { origin: home }, { home: null }),
    no('room.no_user', { user: `@c:${us}` }, 'no_such_user'),
  );
  const wrong = no('event.invite_rules', {}, 'not_by_home');
  assert.deepEqual(refuses(invite(`@a:${us}`), { origin: peer }, { home: null }), wrong);
  assert.deepEqual(refuses(invite(`@a:${peer}`), { origin: home }, { home: null }), wrong);
  assert.deepEqual(refuses(invite(`@a:${us}`), { origin: peer }), wrong, 'nor to a room that we know');
  admits(invite(`@a:${us}`), { origin: home });
});

test('only the home names the room, invites, and removes or lets in users of others', () => {
  const name = { kind: 'room' } as Meaning;
  assert.deepEqual(refuses(name, { origin: peer }), no('event.only_home', { home }, 'not_by_home'));
  admits(name, { origin: home });
  const others = no('event.only_home_members', { home }, 'not_by_home');
  assert.deepEqual(refuses(membership('remove'), { origin: peer }), others);
  assert.deepEqual(refuses(membership('leave', `@a:${us}`), { origin: peer }), others);
  admits(membership('leave'), { origin: peer });
  admits(membership('join'), { origin: peer });
  for (const change of ['join', 'leave'] as const)
    assert.deepEqual(
      refuses(membership(change), { origin: peer }, { names: `@b:${peer}` }),
      others,
      'nor endorses its own',
    );
  admits(membership('join', '@c:third.test'), { origin: home }, { names: '@c:third.test' });
});

test('at the home only members may act, and a later join can’t be placed before a refused event', () => {
  const ours = { home: us };
  const stranger = no('event.no_member', { user: `@b:${peer}` }, 'not_a_member');
  admits(message, { origin: peer }, ours);
  const { admit, steps } = judged(message, { origin: peer }, { ...ours, acting: false });
  assert.deepEqual(refused(admit), stranger);
  assert.deepEqual(steps, [[5, now]]);
  const without = judged(message, { origin: peer }, { ...ours, acting: false, servers: [us] });
  assert.deepEqual(refused(without.admit), stranger);
  assert.deepEqual(without.steps, []);
});

test('at the home, a former member may leave again and delete, and nothing else', () => {
  const former = { home: us, acting: false, former: [`@b:${peer}`] };
  admits({ kind: 'delete', target: '$1:x' }, { origin: peer }, former);
  admits(membership('leave'), { origin: peer }, former);
  const never = { ...former, former: [] };
  for (const meaning of [{ kind: 'delete', target: '$1:x' } as Meaning, membership('leave')])
    assert.equal(refuses(meaning, { origin: peer }, never)[1], 'event.no_member');
  for (const meaning of [message, membership('join')])
    assert.equal(refuses(meaning, { origin: peer }, former)[1], 'event.no_member');
});

test('events that come long after their author went are refused by the home, and elsewhere from the author’s server', () => {
  const late = { late: true };
  const out = no('event.no_member', { user: `@b:${peer}` }, 'not_a_member');
  assert.deepEqual(refuses(message, { origin: peer }, { ...late, home: us }), out);
  assert.deepEqual(refuses(message, { origin: peer, hop: 'other.test' }, { ...late, home: us }), out);
  assert.deepEqual(refuses(message, { origin: peer }, { ...late, announces: true }), out);
  admits(message, { origin: peer, hop: home }, { ...late, announces: true });
  admits(message, { origin: peer }, late);
  const former = { ...late, announces: true, former: [`@b:${peer}`] };
  for (const meaning of [{ kind: 'delete', target: '$1:x' } as Meaning, membership('leave')]) {
    admits(meaning, { origin: peer }, { ...former, home: us });
    admits(meaning, { origin: peer }, former);
  }
  admits(message, { origin: peer }, { ...former, acting: false });
});

test('events of a server that only the home knows are accepted from the home, and from nobody else', () => {
  const known = { standing: 'known' };
  admits(message, { origin: peer, hop: home }, known);
  assert.deepEqual(
    refuses(message, { origin: peer }, known),
    no('event.only_home_brings', { home, server: peer }, 'origin_unknown'),
  );
});
