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

const chars = 4000;
const times = 64;

/** The least of three, because anything else on the machine only adds to it. */
function cost(read: (text: string) => unknown, text: string): number {
  const once = (): number => {
    const start = process.hrtime.bigint();
    read(text);
    return Number(process.hrtime.bigint() - start);
  };
  return Math.min(once(), once(), once());
}

for (const [name, read] of Object.entries(readers))
  test(`${name} takes in proportion to the length of a text`, () => {
    for (const [start, repeated] of texts) {
      const [short, long] = [chars, chars * times].map(
        (length) => start + repeated.repeat(length / repeated.length),
      ) as [string, string];
      read(short);
      // A quadratic reader takes 4,096 times as long. One that takes next to no time counts as one that takes a little.
      const least = Math.max(
        cost(read, short),
        cost((all) => all.split(/[\s)]/u), short),
      );
      const ratio = cost(read, long) / least;
      assert.ok(ratio <= 12 * times, `${start}${repeated}…: ${ratio} times`);
    }
  });
