import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Envelope } from '../../../../shared/protocol/events/envelope.ts';
import { cast, MemberNode } from '../../../support/sim/member.ts';
import { place, Teller } from '../../../support/sim/told.ts';
import { quickFolder } from '../../../support/sim/world.ts';

const author = `@u0:${cast.peer}`;
const user = (n: number): string => `@u${n}:${cast.peer}`;

/** Writes in the same turn, so that the events share a transaction. */
async function takeAll(node: MemberNode, events: readonly Envelope[]) {
  const verified = await Promise.all(events.map((event) => node.verified(event, event.origin_server)));
  return Promise.all(verified.map((event) => node.store(event)));
}

async function opened(t: TestContext): Promise<MemberNode> {
  const node = await MemberNode.open(quickFolder(t));
  t.after(() => node.close());
  return node;
}

test('events about the same message and the same user end as they do one by one when they share a transaction', async (t) => {
  const [together, apart] = [await opened(t), await opened(t)];
  const teller = new Teller();
  const about = { ...place, message_id: '1' };
  const told = [
    teller.join(author),
    teller.message('1'),
    ...Array.from({ length: 20 }, (_, i) => [
      teller.event('peer', 'm.message.edit', { ...about, body: `version ${i}` }),
      teller.event('peer', i % 2 === 0 ? 'm.reaction.add' : 'm.reaction.remove', { ...about, emoji: '👍' }),
      i % 2 === 0 ? teller.leave(user(1)) : teller.join(user(1)),
    ]).flat(),
    teller.message('2'),
    teller.event('peer', 'm.message.delete', { ...place, message_id: '2' }),
  ];
  for (const event of told) await takeAll(apart, [event]);
  assert.deepEqual(new Set(await takeAll(together, told)), new Set(['inserted']));
  assert.deepEqual(together.projection(), apart.projection());
  assert.deepEqual(together.picture(), apart.picture());
});

test('an event that is refused leaves nothing, and those that share its transaction are stored', async (t) => {
  const [with_, without] = [await opened(t), await opened(t)];
  const teller = new Teller();
  const [before, after] = [
    [teller.join(author), teller.message('1')],
    [teller.message('2'), teller.event('peer', 'm.message.edit', { ...place, body: 'edited' })],
  ];
  const refused = teller.event(
    'peer',
    'm.member.join',
    { user_id: '5', role: 'member' },
    { state_key: '@x:third.test' },
  );
  await takeAll(without, [...before, ...after]);
  const outcomes = await takeAll(with_, [...before, refused, ...after]);
  assert.deepEqual(outcomes, ['inserted', 'inserted', 'refused', 'inserted', 'inserted']);
  assert.deepEqual(with_.picture(), without.picture());
  assert.deepEqual(with_.projection(), without.projection());
});
