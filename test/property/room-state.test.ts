import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  comparePositions,
  isAhead,
  isCounted,
  type MembershipEnds,
  type MembershipFact,
  mayJoin,
  membershipNow,
  nextDepth,
  type Position,
  roleGiven,
} from '../../shared/protocol/room-state.ts';
import { foldMessage, type MessageEffect, memberAt, membershipSteps } from '../support/sim/room-model.ts';

const depth = fc.nat(12);
const eventId = fc
  .constantFrom('$a', '$b', '$c', '$\ue000', '$\u{1f600}')
  .chain((id) => fc.nat(9).map((n) => id + n));
const position: fc.Arbitrary<Position> = fc.record({ depth, eventId });

/** Facts of one user; an event id names one fact only, so no two have the same. */
const facts: fc.Arbitrary<MembershipFact[]> = fc.uniqueArray(
  fc.record({
    depth,
    eventId,
    by: fc.constantFrom('home', 'self'),
    change: fc.constantFrom('join', 'leave', 'remove', 'ban'),
    role: fc.constantFrom('owner', 'moderator', 'member'),
    originTs: fc.nat(100),
  }),
  { maxLength: 10, selector: (fact) => fact.eventId },
);

const users = ['@ann:a.test', '@bob:b.test', '@cat:c.test'] as const;
const effects: fc.Arbitrary<MessageEffect[]> = fc.uniqueArray(
  fc.record({
    depth,
    eventId,
    kind: fc.constantFrom('edit', 'delete', 'reaction'),
    sender: fc.constantFrom(...users),
    byHome: fc.boolean(),
    originTs: fc.nat(100),
    body: fc.constantFrom('x', 'y', 'z'),
    emoji: fc.constantFrom('👍', '👎'),
    add: fc.boolean(),
  }),
  { maxLength: 12, selector: (effect) => effect.eventId },
);

/** The same things in another order, any of them several times. */
const shuffled = <T>(things: readonly T[]): fc.Arbitrary<T[]> =>
  fc
    .tuple(
      fc.shuffledSubarray([...things], { minLength: things.length }),
      things.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...things), { maxLength: 5 }),
    )
    .map(([all, again]) => [...again, ...all]);
const twoOrders = <T>(things: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> =>
  things.chain((each) => fc.tuple(fc.constant(each), shuffled(each)));

const author = users[0];
const fold = (effects: Iterable<MessageEffect>) => foldMessage(author, 'first', effects);

test('events are ordered by depth, then by the bytes of the event id', () => {
  fc.assert(
    fc.property(position, position, (a, b) => {
      const bytes = Buffer.compare(Buffer.from(a.eventId), Buffer.from(b.eventId));
      assert.equal(Math.sign(comparePositions(a, b)), Math.sign(a.depth - b.depth || bytes));
      assert.equal(Math.sign(comparePositions(b, a)), -Math.sign(comparePositions(a, b)) + 0);
    }),
  );
});

test('a membership is the same in whatever order and however often its facts arrive', () => {
  const outcome = (from: readonly MembershipFact[], announces: boolean, at: Position) => {
    const steps = membershipSteps(from, announces);
    const last = steps.at(-1);
    return { state: last?.state, role: last?.role, joinedAt: last?.joinedAt, member: memberAt(steps, at) };
  };
  fc.assert(
    fc.property(twoOrders(facts), fc.boolean(), position, ([once, other], announces, at) =>
      assert.deepEqual(outcome(other, announces, at), outcome(once, announces, at)),
    ),
    { numRuns: 1000 },
  );
});

/** Finds in all facts what the store looks up. */
function endsOf(all: readonly MembershipFact[], announces: boolean): MembershipEnds {
  const counted = all
    .filter((fact) => isCounted(fact, announces))
    .sort(comparePositions)
    .map((fact) => ({ ...fact, role: roleGiven(fact) }));
  const lastOf = (change: string) => counted.findLast((fact) => fact.change === change) ?? null;
  const join = lastOf('join');
  const border =
    join && counted.slice(0, counted.indexOf(join)).findLastIndex((fact) => fact.change !== 'join');
  return {
    first: counted[0] ?? null,
    join,
    leave: lastOf('leave'),
    remove: lastOf('remove'),
    ban: lastOf('ban'),
    cameIn: border === null ? null : (counted[border + 1] ?? null),
  };
}

test('a user’s current state is the last step, decided by a few facts', () => {
  fc.assert(
    fc.property(facts, fc.boolean(), (all, announces) =>
      assert.deepEqual(membershipNow(endsOf(all, announces)), membershipSteps(all, announces).at(-1) ?? null),
    ),
    { numRuns: 3000 },
  );
});

test('the nearest fact before a place says whether a user was a member there', () => {
  fc.assert(
    fc.property(facts, fc.boolean(), position, (all, announces, at) => {
      const before = all
        .filter((fact) => isCounted(fact, announces) && comparePositions(fact, at) < 0)
        .sort(comparePositions)
        .at(-1);
      assert.equal(before?.change === 'join', memberAt(membershipSteps(all, announces), at));
    }),
    { numRuns: 3000 },
  );
});

test('each step is placed after the one before it', () => {
  fc.assert(
    fc.property(facts, fc.boolean(), (from, announces) => {
      const steps = membershipSteps(from, announces);
      for (let at = 1; at < steps.length; at++) assert.ok(comparePositions(steps[at - 1]!, steps[at]!) < 0);
    }),
  );
});

test('if the home announces members, nobody joins or becomes owner by their own event', () => {
  fc.assert(
    fc.property(facts, (from) => {
      const heard = membershipSteps(from, true);
      const withoutOwnJoins = membershipSteps(
        from.filter((fact) => fact.by === 'home' || fact.change !== 'join'),
        true,
      );
      assert.deepEqual(heard, withoutOwnJoins);
    }),
  );
});

const fact = (
  change: MembershipFact['change'],
  depth: number,
  by: MembershipFact['by'] = 'home',
): MembershipFact => ({
  change,
  depth,
  by,
  eventId: `$${depth}`,
  role: 'member',
  originTs: depth * 10,
});
const stateOf = (...from: MembershipFact[]) => membershipSteps(from, true).at(-1)?.state;

test('a user’s own leave takes effect at any time, and removes nobody else', () => {
  assert.equal(stateOf(fact('join', 1), fact('leave', 2, 'self')), 'left');
  assert.equal(stateOf(fact('join', 1), fact('remove', 2, 'self')), 'joined');
});

test('if the home announces nothing, a user’s own join takes effect, but not the role in it', () => {
  const own = { ...fact('join', 1, 'self'), role: 'owner' } as const;
  assert.deepEqual(
    membershipSteps([own], false).map(({ state, role }) => ({ state, role })),
    [{ state: 'joined', role: 'member' }],
  );
  assert.equal(membershipSteps([{ ...own, by: 'home' }], true).at(-1)?.role, 'owner');
});

test('a removed user stays removed after leaving, until the home lets them in again', () => {
  const removed = [fact('join', 1), fact('remove', 2)];
  assert.equal(stateOf(...removed), 'removed');
  assert.equal(stateOf(...removed, fact('leave', 3, 'self')), 'removed');
  assert.equal(stateOf(...removed, fact('leave', 3)), 'removed');
  assert.equal(stateOf(...removed, fact('join', 3, 'self')), 'removed');
  assert.equal(stateOf(...removed, fact('leave', 3, 'self'), fact('join', 4)), 'joined');
});

test('a ban outlasts invites and the user’s own events, until the home ends it', () => {
  const invite = { depth: 9, eventId: '$i' };
  const may = (...from: MembershipFact[]) =>
    (['invite', 'peers'] as const).map((rule) => mayJoin(rule, membershipSteps(from, true).at(-1)!, invite));
  const banned = [fact('join', 1), fact('ban', 2)];
  assert.equal(stateOf(...banned, fact('leave', 3, 'self'), fact('join', 4, 'self')), 'banned');
  assert.equal(stateOf(fact('join', 1), fact('ban', 2, 'self')), 'joined');
  assert.deepEqual(may(...banned), [false, false]);
  assert.deepEqual(may(...banned, fact('remove', 3)), [true, true]);
});

test('a moderator is made and unmade by joins of the home, and by nothing else', () => {
  const role = (...from: MembershipFact[]) => membershipSteps(from, true).at(-1)?.role;
  const made = { ...fact('join', 2), role: 'moderator' } as const;
  assert.equal(role(fact('join', 1), made), 'moderator');
  assert.equal(role(fact('join', 1), { ...made, by: 'self' }), 'member');
  assert.equal(role(fact('join', 1), made, fact('join', 3)), 'member');
});

test('a user is a member from a join until the next leave', () => {
  const steps = membershipSteps([fact('join', 2), fact('leave', 5), fact('join', 8)], true);
  const at = (depth: number, eventId = '$0') => memberAt(steps, { depth, eventId });
  assert.deepEqual(
    [1, 2, 3, 5, 6, 8, 9].map((depth) => at(depth)),
    [false, false, true, true, false, false, true],
  );
  assert.equal(at(2, '$2'), false, 'the join itself is not yet after the join');
  assert.equal(at(2, '$3'), true);
  assert.equal(memberAt([], { depth: 9, eventId: '$9' }), false);
});

test('joining twice doesn’t change “since”; rejoining after leaving does', () => {
  assert.equal(membershipSteps([fact('join', 1), fact('join', 3)], true).at(-1)?.joinedAt, 10);
  assert.equal(
    membershipSteps([fact('join', 1), fact('leave', 2), fact('join', 3)], true).at(-1)?.joinedAt,
    30,
  );
});

test('an invite works once: after leaving or removal a newer one is needed', () => {
  const invite = (depth: number): Position => ({ depth, eventId: '$i' });
  const last = (facts: MembershipFact[]) => membershipSteps(facts, true).at(-1) ?? null;
  const left = last([fact('join', 2), fact('leave', 4)]);
  const removed = last([fact('join', 2), fact('remove', 4)]);
  const joined = last([fact('join', 2)]);
  for (const rule of ['invite', 'peers'] as const) {
    assert.equal(mayJoin(rule, joined, null), true, 'who is in may ask again');
    assert.equal(mayJoin(rule, null, invite(1)), true);
    assert.equal(mayJoin(rule, removed, null), false);
    assert.equal(mayJoin(rule, removed, invite(3)), false);
    assert.equal(mayJoin(rule, removed, invite(5)), true);
  }
  assert.equal(mayJoin('invite', null, null), false);
  assert.equal(mayJoin('invite', left, invite(3)), false);
  assert.equal(mayJoin('invite', left, invite(5)), true);
  assert.equal(mayJoin('peers', null, null), true);
  assert.equal(mayJoin('peers', left, null), true);
});

test('a message is the same in whatever order and however often its effects arrive', () => {
  fc.assert(
    fc.property(twoOrders(effects), ([once, other]) => assert.deepEqual(fold(other), fold(once))),
    { numRuns: 1000 },
  );
});

test('a message is deleted, with its reactions, once its author or the home deletes it, and by nobody else', () => {
  fc.assert(
    fc.property(effects, (all) => {
      const may = all.some((each) => each.kind === 'delete' && (each.sender === author || each.byHome));
      const now = fold(all);
      assert.equal(now.deleted, may);
      if (may)
        assert.deepEqual(now, { body: null, editedAt: null, editedBy: null, deleted: true, reactions: [] });
      else assert.notEqual(now.body, null);
    }),
  );
});

test("the body is that of the author's latest edit by depth and event id", () => {
  fc.assert(
    fc.property(effects, (all) => {
      const kept = all.filter((each) => each.kind !== 'delete');
      const edits = kept
        .filter((each) => each.kind === 'edit' && each.sender === author)
        .sort(comparePositions);
      const now = fold(kept);
      assert.equal(now.body, edits.at(-1)?.body ?? 'first');
      assert.equal(now.editedAt, edits.at(-1)?.originTs ?? null);
      assert.equal(now.editedBy, edits.at(-1)?.eventId ?? null);
    }),
  );
});

test('an erased latest edit isn’t replaced by an earlier one', () => {
  const edit = (depth: number, body: string | null): MessageEffect => ({
    kind: 'edit',
    depth,
    eventId: `$${depth}`,
    sender: author,
    byHome: false,
    originTs: depth,
    body,
  });
  const textOf = (first: string | null, ...edits: MessageEffect[]) => foldMessage(author, first, edits).body;
  assert.equal(textOf(null), null);
  assert.equal(textOf(null, edit(1, null), edit(2, 'now')), 'now');
  assert.equal(textOf('first', edit(1, 'then'), edit(2, null)), null);
});

test('for each user and emoji, the latest of add and remove is in force', () => {
  fc.assert(
    fc.property(effects, (every) => {
      const all = every.filter((each) => each.kind !== 'delete');
      const expected = users.flatMap((user) =>
        ['👍', '👎'].flatMap((emoji) => {
          const own = all.filter(
            (each) => each.kind === 'reaction' && each.sender === user && each.emoji === emoji,
          );
          return own.sort(comparePositions).at(-1)?.add ? [`${user} ${emoji}`] : [];
        }),
      );
      assert.deepEqual(
        fold(all)
          .reactions.map(({ user, emoji }) => `${user} ${emoji}`)
          .sort(),
        expected.sort(),
      );
    }),
  );
});

test('the next depth is above all seen and never behind the clock', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1, max: 2 ** 50 }), fc.nat(2 ** 31 - 1), (highest, now) => {
      const next = nextDepth(highest, now);
      assert.ok(next > highest && next >= now);
      assert.ok(next === now || next === highest + 1);
    }),
  );
});

test('depth or time more than 15 minutes ahead waits, and not a millisecond less', () => {
  const now = 1_760_000_000_000;
  const edge = now + 15 * 60_000;
  assert.equal(isAhead({ depth: edge, origin_ts: edge }, now), false);
  assert.equal(isAhead({ depth: edge + 1, origin_ts: now }, now), true);
  assert.equal(isAhead({ depth: 1, origin_ts: edge + 1 }, now), true);
});
