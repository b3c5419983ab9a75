import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emojiGroups, findEmoji, withTone } from '../../../../../../renderer/screens/rooms/emoji/emoji.ts';
import { keptEmoji } from '../../../../../../renderer/screens/rooms/emoji/recent-emoji.ts';
import { isEmoji } from '../../../../../../renderer/screens/rooms/message/message-text.ts';
import { limits } from '../../../../../../shared/protocol/limits.ts';
import { oneFormOf } from '../../../../../../shared/unicode/emoji.ts';
import { visible } from '../../../../../../shared/unicode/visible.ts';

const [en, de] = await Promise.all([emojiGroups('en-US'), emojiGroups('de-DE')]);
const found = (query: string, groups = en) => findEmoji(groups, query, 5).map(({ emoji }) => emoji);

test('every emoji in every skin tone is one emoji that can be sent as a reaction', () => {
  for (const groups of [en, de])
    for (const emoji of groups.flatMap(({ all }) => all))
      for (const tone of emoji.hasTones ? [0, 1, 2, 3, 4, 5] : [0]) {
        const one = oneFormOf(withTone(emoji, tone));
        assert.ok(isEmoji(one) && visible(one) === one && one.length <= limits.emojiCharsMax, one);
      }
});

test('both languages have the same emoji in the same groups, each with a name', () => {
  const marks = (groups: typeof en) => groups.map(({ all }) => all.map(({ emoji }) => emoji));
  assert.deepEqual(marks(en), marks(de));
  assert.deepEqual([en.length, en.flatMap(({ all }) => all).length], [9, 1914]);
  assert.ok([...en, ...de].every(({ name, all }) => name && all.every((emoji) => emoji.name)));
});

test('an emoji is found by its name, its code and other words, the best match first', () => {
  assert.equal(found('+1')[0], '👍');
  assert.ok(found('smile').includes('😄'));
  assert.equal(found('rocket')[0], '🚀');
  assert.equal(found('rakete', de)[0], '🚀');
  assert.equal(found('rocket', de)[0], '🚀');
  assert.equal(found('hea')[0], '❤️', 'heart is shorter than head shaking');
  assert.ok(found('rotes herz', de).includes('❤️'));
  assert.deepEqual(found(''), []);
  assert.deepEqual(found('zzzz'), []);
});

test('a skin tone goes into a hand, and not into a face', () => {
  const of = (emoji: string) => en.flatMap(({ all }) => all).find((each) => each.emoji === emoji)!;
  assert.equal(withTone(of('👋'), 3), '👋🏽');
  assert.equal(withTone(of('😀'), 3), '😀');
  assert.equal(withTone(of('👋'), 0), '👋');
});

test('kept emoji are read, and nothing else', () => {
  const kept = (value: string | null) => keptEmoji({ getItem: () => value });
  assert.deepEqual(kept('{"recent":["👍",1],"tone":3}'), { recent: ['👍'], tone: 3 });
  for (const value of [null, '', '[]', '{"recent":{},"tone":"x"}'])
    assert.deepEqual(kept(value), { recent: [], tone: 0 });
});
