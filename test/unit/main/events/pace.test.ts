import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../../../main/events/pace.ts';
import type { Room } from '../../../../main/events/projection/room-registry.ts';
import type { VerifiedEvent } from '../../../../main/events/verify.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';
import type { Meaning } from '../../../../shared/protocol/events/event-content.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { refused } from '../../../support/words.ts';

const server = 'peer.test';

function paceFor() {
  const clock = { time: 0, now: () => clock.time, after: () => () => {} };
  const stored = new Set<string>();
  const invites: { home: string; revokedAt?: number }[] = [];
  const full = new Set<string>();
  const shown = new Map<string, { name: string; shown: number; deleted: number }>();
  const slow = { pauseMs: 0 };
  const pace = new Pace({
    store: {
      events: { storedOf: (ids: readonly string[]) => new Set(ids.filter((id) => stored.has(id))) },
      rooms: {
        countInvites: (homes: readonly string[], since: number) =>
          new Map(
            homes.map((of) => [
              of,
              invites.filter(({ home, revokedAt = since }) => home === of && revokedAt >= since).length,
            ]),
          ),
      },
      messages: { named: (targets: readonly string[]) => targets.flatMap((name) => shown.get(name) ?? []) },
    } as unknown as ConstructorParameters<typeof Pace>[0]['store'],
    registry: { get: () => ({}) as Room, pauseBefore: () => slow.pauseMs },
    shares: { isFull: (by, room) => full.has(`${by} ${room}`) },
    clock,
    warn: () => () => {},
  });
  const check = (meaning: object, by = server, room_id = '!1:x', event_id = '$1:x') => {
    const envelope = { event_id, origin_server: by, room_id };
    const event = { envelope, meaning: meaning as Meaning } as VerifiedEvent;
    pace.check(event, pace.load([event]));
  };
  const allowed = (meaning: object, ...more: string[]): number => {
    for (let n = 0; ; n++)
      try {
        check(meaning, ...more);
      } catch (error) {
        assert.ok(error instanceof ProtocolError);
        return n;
      }
  };
  /** Messages of one author at these places, in this order; returns how many are taken before one is delayed. */
  const said = (places: readonly number[], hop = server, sender = '@a:peer.test') => {
    for (const [at, depth] of places.entries())
      try {
        const envelope = {
          event_id: `$${sender}${depth}:x`,
          origin_server: server,
          room_id: '!1:x',
          sender,
          depth,
        };
        const event = { envelope, meaning: { kind: 'message' }, hop } as unknown as VerifiedEvent;
        pace.check(event, pace.load([event]));
      } catch (error) {
        assert.ok(error instanceof ProtocolError && error.code === 'RATE_LIMITED');
        return at;
      }
    return places.length;
  };
  return { pace, full, shown, clock, stored, invites, check, allowed, slow, said };
}

const edit = { kind: 'edit', target: '$1:a', body: 'x' };
const invite = { kind: 'invite', subject: '@a:us.test', roomName: null, revoked: false };
const scope = { scope: 'event' };

test('each message, room and server has its own pace', () => {
  const { allowed, check } = paceFor();
  allowed(edit);
  check({ ...edit, target: '$2:a' });
  check(edit, 'other.test');
  check(edit, server, '!2:x');
});

test('a revoked invite makes room for another only after a day', () => {
  const { check, invites, clock } = paceFor();
  for (let n = 0; n < limits.roomInvitesMax; n++) invites.push({ home: server, revokedAt: 0 });
  clock.time = limits.revokedInviteMs;
  assert.throws(() => check(invite), { retryAfterSeconds: 600 });
  clock.time++;
  check(invite);
});

test('a server revokes invites at the pace of inviting, however many are unanswered', () => {
  const { allowed, check, invites } = paceFor();
  for (let n = 0; n < limits.roomInvitesMax; n++) invites.push({ home: server });
  const revocation = { ...invite, revoked: true };
  assert.equal(allowed(revocation), limits.roomInvites.burst);
  assert.deepEqual(
    refused(() => check(revocation)),
    ['RATE_LIMITED', 'event.invite_pace', { server, seconds: 6 }, scope],
  );
});

test('stored events, messages and deletes cost nothing', () => {
  const { allowed, check, stored } = paceFor();
  stored.add('$7:x');
  allowed(edit);
  check(edit, server, '!1:x', '$7:x');
  for (const meaning of [{ kind: 'message' }, { kind: 'delete', target: '$1:a' }, { kind: 'other' }])
    for (let n = 0; n < 1000; n++) check(meaning);
});

test('a server that has filled its share of a room brings nothing more into it, no matter who wrote it', () => {
  const { pace, full, shown } = paceFor();
  full.add('home.test !1:home.test');
  shown.set('$shown', { name: '$shown', shown: 1, deleted: 0 });
  shown.set('$gone', { name: '$gone', shown: 1, deleted: 1 });
  const event = (meaning: object, hop: string | null, room_id = '!1:home.test', origin = 'third.test') =>
    ({ envelope: { event_id: '$1:x', origin_server: origin, room_id }, meaning, hop }) as VerifiedEvent;
  const passes = (...events: VerifiedEvent[]) => {
    const loaded = pace.load(events);
    return events.map((each) => {
      try {
        pace.check(each, loaded);
        return 'passes';
      } catch {
        return refused(() => pace.check(each, loaded))[1];
      }
    });
  };
  const message = { kind: 'message' };
  assert.deepEqual(passes(event(message, 'home.test')), ['event.room_full']);
  assert.deepEqual(passes(event(message, null), event(message, 'b.test')), ['passes', 'passes']);
  assert.deepEqual(passes(event(message, 'home.test', '!2:home.test')), ['passes']);
  const erase = (target: string) => event({ kind: 'delete', target }, 'home.test');
  assert.deepEqual(
    passes(erase('$shown'), erase('$shown'), erase('$gone'), erase('$unknown')),
    ['passes', 'event.room_full', 'event.room_full', 'event.room_full'],
    'a message that is shown can still be deleted, once',
  );
});

const places = (count: number, stepMs: number) => Array.from({ length: count }, (_, nr) => 1 + nr * stepMs);
const { burst: hasty } = limits.slowMode;

test('in slow mode, what was written at its pace is taken at once, however much it is', () => {
  const { said, slow } = paceFor();
  slow.pauseMs = 60_000;
  assert.equal(said(places(1_000, 60_000)), 1_000);
});

test('in slow mode, some messages that come faster are taken at once, and the others one after another', () => {
  const { said, slow, clock } = paceFor();
  slow.pauseMs = 600_000;
  assert.equal(said(places(100, 1_000)), hasty + 1, 'the first one isn’t faster than another');
  assert.equal(said([500_000]), 0);
  clock.time += 60_000;
  assert.equal(
    said([500_000, 500_001]),
    1,
    'one a minute at least, so that an honest server’s are soon through',
  );
  assert.equal(said([2_000_000]), 1, 'after the pause, the next one is on time');
  assert.equal(said([2_000_001], server, '@b:peer.test'), 1, 'others have a pace of their own');
});

test('slow mode delays no repeat, nothing that another server passes on, and nothing in other rooms', () => {
  const { said, slow, stored } = paceFor();
  assert.equal(said(places(1_000, 1)), 1_000, 'without slow mode');
  slow.pauseMs = 10_000;
  assert.equal(said(places(1_000, 1), 'home.test'), 1_000);
  said(places(1_000, 1));
  const [first] = places(1, 1);
  assert.equal(said([first!]), 0);
  stored.add(`$@a:peer.test${first}:x`);
  assert.equal(said([first!]), 1);
});
