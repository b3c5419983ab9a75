import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Plain } from '../../../../shared/protocol/coding/json.ts';
import type { Envelope } from '../../../../shared/protocol/events/envelope.ts';
import { cast, MemberNode } from '../../../support/sim/member.ts';
import { place, Teller } from '../../../support/sim/told.ts';
import { quickFolder } from '../../../support/sim/world.ts';
import { countStatements, type Work } from '../../../support/statement-counter.ts';

const author = `@u0:${cast.peer}`;

/** A room with a member of a peer, who wrote the message that everything here is about. */
async function ground(t: TestContext) {
  const work = countStatements(t);
  const node = await MemberNode.open(quickFolder(t));
  t.after(() => node.close());
  const teller = new Teller();
  const take = async (each: Envelope): Promise<void> =>
    assert.equal(await node.take(each, each.origin_server), 'inserted');
  const message = teller.message('1');
  for (const each of [teller.join(author), message]) await take(each);
  /** The cost of each of these events, one after the other. */
  const costs = async (events: Iterable<Envelope>): Promise<Work[]> => {
    const each: Work[] = [];
    for (const next of events) {
      work();
      await take(next);
      each.push(work());
    }
    return each;
  };
  const about = { ...place, target_event_id: message.event_id };
  return { node, teller, take, about, costs, work };
}

/** The registry remembers a user's last joins and leaves (room-registry.ts), so the first ones cost less. */
const pastMemory = 12;

const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** The first few may differ from what follows: something is remembered, or nothing is there yet. */
function assertConstant(costs: readonly Work[], first = 4): void {
  const settled = costs.slice(first);
  const characters = settled.map((work) => work.characters);
  // Names and numbers grow by a digit or two.
  assert.ok(Math.max(...characters) <= Math.min(...characters) + 40, `characters read: ${characters}`);
  const most = (part: readonly Work[]) => Math.max(...part.map(({ statements, rows }) => statements + rows));
  assert.equal(most(settled.slice(-6)), most(settled.slice(0, 6)), 'statements and rows');
}

for (const keepsHistory of [true, false]) {
  const how = keepsHistory ? 'keeps' : 'keeps no';
  test(`an edit costs what the first did, where the owner ${how} history`, async (t) => {
    const { node, about, costs, teller } = await ground(t);
    node.keepsHistory = keepsHistory;
    const edit = (i: number) => teller.event('peer', 'm.message.edit', { ...about, body: `version ${i}` });
    assertConstant(await costs(many(120, edit)));
  });
}

test('an edit that is placed before the newest one costs what the first did', async (t) => {
  const { about, costs, teller } = await ground(t);
  const edit = (i: number) => teller.event('peer', 'm.message.edit', { ...about, body: `version ${i}` });
  assertConstant(await costs(many(120, edit).reverse()));
});

for (const byNumber of [false, true]) {
  const how = byNumber ? 'the number of its message' : 'the event id of its message';
  test(`a reaction that tells ${how} costs what the first did, by one user or by many`, async (t) => {
    const { about, costs, teller } = await ground(t);
    const meant = byNumber ? place : about;
    const react = (i: number, user: string) =>
      teller.event(
        'peer',
        i % 2 === 0 ? 'm.reaction.add' : 'm.reaction.remove',
        { ...meant, emoji: '👍' },
        { sender: user },
      );
    const users = many(120, (i) => `@u${100 + i}:${cast.peer}`);
    assertConstant(await costs(many(120, (i) => react(i, author))));
    await costs(users.map((user) => teller.join(user)));
    assertConstant(await costs(users.map((user) => react(0, user))));
  });
}

test('a delete costs what the first did, whether or not it counts, and so does the next event', async (t) => {
  const { about, take, costs, teller } = await ground(t);
  const other = `@u1:${cast.peer}`;
  const react = (i: number) =>
    teller.event('home', 'm.reaction.add', { ...about, emoji: '👍' }, { sender: `@u${i}:${cast.home}` });
  for (const each of many(30, react)) await take(each);
  await take(teller.join(other));
  const remove = (sender: string) => teller.event('peer', 'm.message.delete', about, { sender });
  assertConstant(await costs(many(60, () => remove(other))));
  assertConstant(await costs(many(60, () => remove(author))));
  assertConstant(await costs(many(60, () => teller.event('home', 'm.message.delete', about))));
  assertConstant(await costs(many(60, react)));
});

test('a join and a leave cost what the first did, in a room with many members', async (t) => {
  const { take, costs, teller } = await ground(t);
  for (let i = 0; i < 40; i++) await take(teller.join(`@u${i}:${cast.third}`));
  const inTurn = await costs(many(120, (i) => (i % 2 === 0 ? teller.leave(author) : teller.join(author))));
  // A leave reads more than a join: also when the user joined.
  for (const kind of [0, 1])
    assertConstant(
      inTurn.filter((_, i) => i % 2 === kind),
      pastMemory,
    );
  assertConstant(await costs(many(60, () => teller.join(author))), pastMemory);
});

test('joins and leaves that come from the newest to the oldest cost what the first did', async (t) => {
  const { costs, teller } = await ground(t);
  const events = many(120, (i) => (i % 2 === 0 ? teller.leave(author) : teller.join(author)));
  assertConstant(await costs(events.reverse()), pastMemory);
});

test('a message costs what the first did, after its sender came and went many times', async (t) => {
  const { take, costs, teller } = await ground(t);
  const before = await costs(many(12, (i) => teller.message(String(10 + i))));
  for (let i = 0; i < 60; i++) await take(i % 2 === 0 ? teller.leave(author) : teller.join(author));
  const after = await costs(many(12, (i) => teller.message(String(30 + i))));
  assertConstant([...before, ...after.slice(4)]);
});

test('taking back messages costs the same in a large room, whose channels are known only from messages', async (t) => {
  const work = countStatements(t);
  const node = await MemberNode.open(quickFolder(t));
  t.after(() => node.close());
  const teller = new Teller();
  const user = (n: number) => `@u${n}:${cast.peer}`;
  const take = async (n: number, type: string, content: Plain, depth: number) => {
    const event = teller.event('peer', type, content, { sender: user(n), depth });
    assert.equal(await node.take(event, cast.peer), 'inserted');
  };
  const say = (n: number, channel_id: string, message_id: string, depth: number) =>
    take(n, 'm.message', { ...place, channel_id, message_id, body: 'x' }, depth);
  const channels = () => node.picture().channels.map(({ id }) => id);
  // The home announces nobody, so users announce themselves.
  await take(0, 'm.member.join', { user_id: '5' }, 1);
  const costs: Work[] = [];
  for (const [round, messages] of [5, 5, 5, 5, 200, 5].entries()) {
    const depth = 1_000_000 * (round + 1);
    for (let i = 0; i < messages; i++) await say(0, '1', `${1000 * round + i + 10}`, depth + i);
    const guest = round + 1;
    await take(guest, 'm.member.join', { user_id: '6' }, depth + 500);
    await say(guest, '77', `${900_000 + round}`, depth + 900);
    await say(guest, '1', `${910_000 + round}`, depth + 901);
    assert.deepEqual(channels(), ['1', '77']);
    work();
    await take(guest, 'm.member.leave', { user_id: '6' }, depth + 600);
    costs.push(work());
    assert.deepEqual(channels(), ['1']);
  }
  const rows = costs.map((cost) => cost.rows + cost.statements).slice(2);
  assert.ok(Math.max(...rows) <= Math.min(...rows) + 2, `rows and statements: ${rows}`);
});

test('a delete costs the same, however many events of its room are held for the owner', async (t) => {
  const { node, costs, teller } = await ground(t);
  const message = (by: 'home' | 'peer', n: number) =>
    teller.event(by, 'm.message', { ...place, body: 'x', message_id: String(n) });
  const removals = async (from: number) => {
    const messages = many(10, (i) => message('home', from + i));
    await costs(messages);
    const about = (event: Envelope) => ({ ...place, target_event_id: event.event_id });
    return costs(messages.map((each) => teller.event('home', 'm.message.delete', about(each))));
  };
  const before = await removals(100);
  await node.quarantine('peer');
  for (const each of many(60, (i) => message('peer', 500 + i)))
    assert.equal(await node.take(each, cast.peer), 'held');
  assertConstant([...before, ...(await removals(200))]);
});
