import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blocksOf } from '../../shared/api/formatting/blocks.ts';
import type { Block } from '../../shared/api/formatting/tree.ts';
import { unformatted, wordsOf } from '../../shared/api/formatting/unformatted.ts';

const marks = [
  ...[
    '*',
    '**',
    '_',
    '__',
    '~~',
    '`',
    '```',
    '```\n',
    '[',
    ']',
    '](https://a.test)',
    '](',
    ')',
    '!',
    '\\',
    '>',
    '> ',
  ],
  ...[
    '- ',
    '* ',
    '1. ',
    '23) ',
    ' ',
    '  ',
    '    ',
    '\n',
    '\n\n',
    'a',
    'Ä',
    '7',
    '😀',
    'https://b.test/_c_',
    '<b>',
    '@anna',
  ],
];
const messages = fc.oneof(
  fc.array(fc.constantFrom(...marks), { maxLength: 60 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '');

/** Everything that is shown, with the language that stands below code. */
const shown = (blocks: readonly Block[]): string =>
  blocks
    .map((block) => {
      if (block.kind === 'code') return `${block.language} ${block.text}`;
      if (block.kind === 'paragraph') return wordsOf(block.of);
      if (block.kind === 'quote') return shown(block.of);
      return block.items.map(({ mark, of }) => `${mark} ${shown(of)}`).join(' ');
    })
    .join(' ');

test('formatting never throws, and loses no letter', () => {
  fc.assert(
    fc.property(messages, (text) => assert.equal(lettersOf(shown(blocksOf(text))), lettersOf(text))),
    { numRuns: 20_000 },
  );
});

test('text without formatting is shown as it was written', () => {
  const plain = fc.array(fc.constantFrom('a', 'Ä', ' ', '\n', '.', '😀', '(', ')', '7', '@anna', '#'), {
    maxLength: 50,
  });
  fc.assert(
    fc.property(plain, (parts) => {
      const text = parts.join('');
      assert.equal(unformatted(text).trim(), text.trim());
    }),
  );
});
