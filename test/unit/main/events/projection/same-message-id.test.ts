import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plain } from '../../../../../shared/protocol/coding/json.ts';
import { author, inRoom } from '../../../../support/memory-node.ts';
import { cast } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';

const other = `@u1:${cast.peer}`;
const teller = new Teller();
const join = teller.join(other);
const message = (body: string, sender: string = author) =>
  teller.event('peer', 'm.message', { ...place, body }, { sender });
const [one, two, others] = [message('one'), message('two'), message('of another user', other)];
/** About every message with that number, or about one of them. */
const about = (type: string, content: { [key: string]: Plain } = {}, sender: string = author) =>
  teller.event('peer', type, { ...place, ...content }, { sender });
const [edit, remove] = [about('m.message.edit', { body: 'edited' }), about('m.message.delete')];
const removeOne = about('m.message.delete', { target_event_id: one.event_id });
const removeOthers = about('m.message.delete', {}, other);
const react = about('m.reaction.add', { emoji: '👍' });
const reactToTwo = about('m.reaction.add', { emoji: '👍', target_event_id: two.event_id });
const takeBack = about('m.reaction.remove', { emoji: '👍' });

function* orders<T>(items: readonly T[]): Generator<T[]> {
  if (items.length < 2) yield [...items];
  for (const [i, first] of items.entries())
    for (const rest of orders(items.toSpliced(i, 1))) yield [first, ...rest];
}

test('messages with the same number look the same in whatever order everything arrives', async () => {
  const { node, take } = inRoom();
  for (const events of [
    [one, two, removeOne, react],
    [one, two, removeOne, edit],
    [one, two, remove, react],
    [one, others, removeOthers, react],
    [one, others, removeOthers, edit],
    [one, two, react, removeOne, takeBack],
    [one, two, reactToTwo, removeOne, react],
    [one, two, others, removeOne, react],
  ]) {
    const pictures = new Set<string>();
    for (const order of orders(events))
      await node.undone(() => {
        take(join, cast.home);
        for (const event of order) take(event);
        const { timeline, erased } = node.picture();
        pictures.add(JSON.stringify([timeline, erased]));
      });
    assert.equal(pictures.size, 1, [...pictures].join('\n'));
  }
});
