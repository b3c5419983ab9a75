import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import { de } from '../../../../shared/words/de/all.ts';
import { en } from '../../../../shared/words/en/all.ts';
import { inWords } from '../../../../shared/words/in-words.ts';
import { formatter, type Texts } from '../../../../shared/words/messages.ts';
import { quoted, readSaid, type Said, said, span, storeSaid } from '../../../../shared/words/said.ts';
import { chooseLocale, wordsIn } from '../../../../shared/words/words.ts';

const leaves = (texts: Texts, path = ''): [string, string][] =>
  Object.entries(texts).flatMap(([name, text]): [string, string][] =>
    typeof text === 'string' ? [[path + name, text]] : leaves(text, `${path}${name}.`),
  );

/** Names and kinds of the arguments in a text, nested ones included. */
function argumentsOf(text: string): string[] {
  const found = new Set<string>();
  const walk = (elements: ReturnType<typeof parse>): void => {
    for (const element of elements) {
      if (element.type === TYPE.literal || element.type === TYPE.pound) continue;
      if ('value' in element) found.add(String(element.value));
      if ('options' in element) for (const option of Object.values(element.options)) walk(option.value);
    }
  };
  walk(parse(text, { ignoreTag: true }));
  return [...found].sort();
}

test('every English and German text is ICU MessageFormat', () => {
  for (const [name, text] of [...leaves(en), ...leaves(de)])
    assert.doesNotThrow(() => parse(text, { ignoreTag: true }), `${name}: ${text}`);
});

test('a German text fills in the same arguments as the English one', () => {
  const english = new Map(leaves(en));
  for (const [name, text] of leaves(de))
    assert.deepEqual(argumentsOf(text), argumentsOf(english.get(name) ?? ''), name);
});

test('a text with plain arguments reads as ICU MessageFormat says, and is made without `Intl`', (t) => {
  const texts = [
    '{a}',
    'a {a}, b {b}',
    'it isn’t {a}’s',
    "it isn't {a}'s",
    '{a}{a}',
    '<{a}>',
    "'{a}' {b}",
    "''{a}",
  ];
  const args = { a: 'x {b} $& y', b: 7 };
  const expected = texts.map((text) =>
    String(new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }).format(args)),
  );
  t.mock.method(Intl.NumberFormat, 'supportedLocalesOf', () => {
    throw new Error('Intl was asked');
  });
  const format = formatter('en', String);
  assert.deepEqual(
    texts.slice(0, 6).map((text) => format(text, args)),
    expected.slice(0, 6),
  );
  t.mock.restoreAll();
  assert.deepEqual(
    texts.slice(6).map((text) => format(text, args)),
    expected.slice(6),
  );
  assert.throws(() => format('{a} {c}', args), /c/);
});

test('a message that quotes a peer is shown as the peer wrote it, braces and all', () => {
  assert.equal(wordsIn('de').say(quoted('{odd} words')), '{odd} words');
});

test('a message goes through the database unchanged, and a sentence stored by an older version is quoted', () => {
  const message: Said = quoted('It said “no”.');
  assert.deepEqual(readSaid(storeSaid(message)), message);
  assert.deepEqual(readSaid('The connection broke.'), quoted('The connection broke.'));
});

test('a message that this version does not know is shown as its code', () => {
  assert.equal(wordsIn('en').say({ code: 'of.tomorrow', params: {} }), 'of.tomorrow');
});

test('the reader’s first available language wins, with its country; otherwise it is English', () => {
  assert.equal(chooseLocale(['fr-FR', 'de-AT', 'en']), 'de-AT');
  assert.equal(chooseLocale(['de_DE.UTF-8']), 'de-DE');
  assert.equal(chooseLocale(['deutsch', 'C']), 'en');
  assert.equal(chooseLocale([]), 'en');
});

test('a length of time is shown in the largest unit of which there are two', () => {
  const told = (ms: number) => wordsIn('en').say(span(ms));
  assert.deepEqual([400, 1000, 90_000, 3_600_000, 86_400_000, 172_800_000].map(told), [
    '0 seconds',
    '1 second',
    '90 seconds',
    '60 minutes',
    '24 hours',
    '2 days',
  ]);
  assert.equal(
    wordsIn('de').say(said('peer.last_contact', { span: span(172_800_000) })),
    'Letzter Kontakt vor 2 Tagen.',
  );
});

test('a view is shown with each message in it as its sentence, and everything else unchanged', () => {
  const view = { code: 'x', list: [{ text: said('health.silent', { n: 2 }), at: 5, note: null }] };
  assert.deepEqual(inWords(wordsIn('de'), view), {
    code: 'x',
    list: [{ text: '2 Server antworten nicht.', at: 5, note: null }],
  });
});
