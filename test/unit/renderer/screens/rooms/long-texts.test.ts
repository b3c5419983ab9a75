import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyParts, isEmoji } from '../../../../../renderer/screens/rooms/message/message-text.ts';
import {
  plainFileName,
  plainText,
  printable,
  withoutMarkup,
} from '../../../../../shared/protocol/coding/plain-text.ts';
import { callsOf, mentionedIds, withNames } from '../../../../../shared/protocol/events/body.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { visible, visibleJson } from '../../../../../shared/unicode/visible.ts';

const me = { user_id: '@anna:a.test', localpart: 'anna' };

/** Everything that reads the text of a message which others wrote. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  bodyParts: (text) => bodyParts(text, me),
  callsOf,
  mentionedIds,
  withNames: (text) => withNames(text, (id) => (id === '7' ? 'anna' : undefined)),
  visible,
  visibleJson,
  plainText,
  plainFileName: (text) => plainFileName(text, 100),
  printable,
  withoutMarkup,
  isEmoji,
};

/** A beginning, and what is repeated after it. */
const texts: readonly (readonly [string, string])[] = [
  ['https://a.test/', ')'],
  ['https://a.test/', '()'],
  ['https://a.test/', '(])}'],
  ['https://a.test/', '.'],
  ['https://', 'ü.'],
  ['https://', 'é\u{4e00}ü'],
  ['', 'https://a.test/) '],
  ['', 'https://'],
  ['', 'http:paracord:mailto:'],
  ['paracord://join/', 'a/'],
  ['mailto:', '@'],
  ['', '@'],
  ['', '@a'],
  ['', '@anna '],
  [`@${'a'.repeat(64)}`, ':.'],
  ['', '<@7>'],
  ['', '<@!7'],
  ['', '\u0301'],
  ['', 'a\u0301\u0301\u0301\u0301'],
  ['', '\u200d'],
  ['', '\u{1f468}\u200d'],
  ['', '\u{1f3f4}\u{e0067}'],
  ['', '\u0628\u200c'],
  ['', ' '],
  ['', '\r'],
  ['', '\n'],
];

/** As long as a message can be. A reader that looks back at all before it would take hours, and the runner ends it. */
const chars = limits.contentBytesMax;

for (const [name, read] of Object.entries(readers))
  test(`${name} gets to the end of the longest text, whatever is in it`, () => {
    for (const [start, repeated] of texts)
      assert.doesNotThrow(() => read(start + repeated.repeat(chars / repeated.length)));
  });
