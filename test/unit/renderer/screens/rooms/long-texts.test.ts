import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bodyParts,
  isEmoji,
  isOnlyEmoji,
  linkLook,
} from '../../../../../renderer/screens/rooms/message/message-text.ts';
import { blocksOf, formattedCharsMax } from '../../../../../shared/api/formatting/blocks.ts';
import { unformatted } from '../../../../../shared/api/formatting/unformatted.ts';
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
  isOnlyEmoji,
  linkLook: (text) => linkLook(text, text),
  blocksOf,
  unformatted,
  formatted: (text) => blocksOf(text.slice(0, formattedCharsMax)),
};

/** Nested, never closed, closed without having been opened, or decorated. */
const formatting = [
  ...['>', '> ', '- ', '1. ', '- > ', '> - ', '- a\n', '-\n', '> a\nb\n', '- a\n\n', '1. a\n\n\n', '  - a\n'],
  ...['*', '*a ', '**a ', 'a* ', '*a*', '**a**', '*a_b~~c', '_a', '~~a ', '~~a~~', '***a', '*a **b ', '\\*'],
  ...[
    '`',
    '`a``b',
    '``a`',
    '```\n',
    '```a\n',
    '> ```\n',
    '[',
    ']',
    '[](',
    '[a](',
    '[a](b)',
    '[a](https://b',
    '![[',
  ],
  ...[
    '](https://a.test/(',
    '[a](https://a.test) ',
    '[a]: b\n',
    '<!--',
    '&amp;',
    '# a\n',
    '|a|b|\n',
    'a  ',
    '\t',
  ],
];

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
  ...formatting.map((repeated) => ['', repeated] as const),
];

/**
 * The longest text of a message. A reader that looks back at all before it would take hours, and the runner ends it.
 */
const chars = limits.contentBytesMax;

for (const [name, read] of Object.entries(readers))
  test(`${name} gets to the end of the longest text, whatever is in it`, () => {
    for (const [start, repeated] of texts)
      assert.doesNotThrow(() => read(start + repeated.repeat(chars / repeated.length)));
  });
