import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksOf, formattedCharsMax } from '../../../../../shared/api/formatting/blocks.ts';
import type { Block, Inline } from '../../../../../shared/api/formatting/tree.ts';
import { unformatted } from '../../../../../shared/api/formatting/unformatted.ts';

/** A short way to write what was read: `<b>` for parts, and the text itself. */
const inlines = (nodes: readonly Inline[]): string =>
  nodes
    .map((node) => {
      if (!('of' in node)) return node.kind === 'code' ? `<code>${node.text}</code>` : node.text;
      const to = node.kind === 'link' ? ` ${node.to}` : '';
      return `<${node.kind}${to}>${inlines(node.of)}</${node.kind}>`;
    })
    .join('');
const blocks = (nodes: readonly Block[]): string =>
  nodes
    .map((node) => {
      if (node.kind === 'paragraph') return `[${inlines(node.of)}]`;
      if (node.kind === 'code') return `code ${node.language}[${node.text}]`;
      if (node.kind === 'quote') return `quote(${blocks(node.of)})`;
      return `list(${node.items.map(({ mark, of }) => `${mark || '•'}${blocks(of)}`).join(' ')})`;
    })
    .join(' ');
const read = (text: string): string => blocks(blocksOf(text));
const line = (text: string): string => read(text).replace(/^\[|\]$/g, '');

function check(cases: readonly (readonly [string, string])[], how: (text: string) => string = line): void {
  for (const [text, expected] of cases) assert.equal(how(text), expected, text);
}

test('marks around words make them bold, italic, struck through or code', () => {
  check([
    [
      '**a** __b__ *c* _d_ ~~e~~ `f`',
      '<strong>a</strong> <strong>b</strong> <em>c</em> <em>d</em> <del>e</del> <code>f</code>',
    ],
    ['***a***', '<em><strong>a</strong></em>'],
    ['**a *b* c**', '<strong>a <em>b</em> c</strong>'],
    ['*a **b***', '<em>a <strong>b</strong></em>'],
    ['**bold**, he said', '<strong>bold</strong>, he said'],
    ['`a*b*` ``c`d`` `` ` ``', '<code>a*b*</code> <code>c`d</code> <code>`</code>'],
    ['**Ärger**😀', '<strong>Ärger</strong>😀'],
  ]);
});

test('marks that format nothing stay in the text', () => {
  for (const text of [
    ...[
      '2 * 3 * 4',
      '2*3',
      'a ** b',
      'snake_case_name',
      '*a',
      'a*',
      '**',
      '*****',
      '_',
      '~5 min~',
      '~a~',
      '`a',
      'a`',
    ],
    ...['¯\\_(ツ)_/¯', '\\\\nas\\films', '*a\n\nb*', '5. ', '-', '+1', '-5 °C', '*'],
    ...[
      '# heading',
      '---',
      'a\n===',
      '|a|b|\n|-|-|',
      '<b>a</b>',
      '<!-- a -->',
      '&amp; &#42;',
      '    four spaces',
    ],
    ...[
      '[a]',
      '[a][b]',
      '[a]: https://a.test',
      '[a](javascript:alert(1))',
      '[a](/b)',
      '[a](mailto:b@c.test)',
      '[ ]',
    ],
    ...[
      '[](https://a.test)',
      '![a](https://a.test/b.png)',
      '[a](https://a.test "b")',
      '[a] (https://a.test)',
    ],
  ])
    assert.equal(line(text), text);
});

test('a backslash keeps the mark behind it from formatting', () => {
  check([
    ['\\*a\\*', '*a*'],
    ['\\`a\\`', '`a`'],
    ['\\[a](https://b.test)', '[a](https://b.test)'],
    ['\\> a', '> a'],
  ]);
});

test('the signs in an address format nothing', () => {
  check([
    ['https://a.test/__init__/*x*', 'https://a.test/__init__/*x*'],
    ['**https://a.test/b_c**', '<strong>https://a.test/b_c</strong>'],
    ['https://a.test/_b *c*', 'https://a.test/_b <em>c</em>'],
  ]);
});

test('words get a link to a web address, and no link is inside another', () => {
  check([
    ['[a *b*](https://a.test/x_(y))!', '<link https://a.test/x_(y)>a <em>b</em></link>!'],
    ['[https://a.test/](https://b.test)', '<link https://b.test>https://a.test/</link>'],
    ['[a [b](https://b.test) c](https://c.test)', '[a <link https://b.test>b</link> c](https://c.test)'],
  ]);
});

test('lines become quotes, lists and code', () => {
  check(
    [
      ['> a\n> b', 'quote([a\nb])'],
      ['> a\n> > b', 'quote([a] quote([b]))'],
      ['>> a\n>\n> b', 'quote(quote([a]) [b])'],
      ['- a\n- b', 'list(•[a] •[b])'],
      ['* a\n\n* b', 'list(•[a] •[b])'],
      ['- a\n  - b\n    c\n- d', 'list(•[a] list(•[b\nc]) •[d])'],
      ['1. a\n   - b', 'list(1.[a] list(•[b]))'],
      ['a:\n- b', '[a:] list(•[b])'],
      ['```ts x\nlet *a*\n\n  b\n```\nc', 'code ts x[let *a*\n\n  b] [c]'],
      ['````\n```\n````', 'code [```]'],
      ['```\na', 'code [a]'],
      ['> ```\n> a\n> ```', 'quote(code [a])'],
    ],
    read,
  );
});

test('an answer below a quote or a list is not part of it', () => {
  check(
    [
      ['> at five?\nyes', 'quote([at five?]) [yes]'],
      ['- milk\n- eggs\nSee you', 'list(•[milk] •[eggs]) [See you]'],
    ],
    read,
  );
});

test('numbers are shown as they were written', () => {
  check(
    [
      ['1. a\n3. b\n2) c', 'list(1.[a] 3.[b] 2)[c])'],
      ['007. a', 'list(007.[a])'],
      ['It was\n1986. The year', '[It was\n1986. The year]'],
    ],
    read,
  );
});

test('a face or a comparison at the beginning of a line is not a quote', () => {
  for (const text of ['>:(', '>.<', '>_<', '>100 people came', '>>7']) assert.equal(line(text), text);
});

test('a text without formatting keeps its spaces and blank lines', () => {
  for (const text of ['a\n\n\nb', '  a   b\n\tc', 'a  \nb']) assert.equal(line(text), text);
});

test('what nobody formats by hand is shown as it was written', () => {
  const deep = `${'> '.repeat(50)}a`;
  assert.ok(read(deep).includes(`[${'> '.repeat(44)}a]`), read(deep));
  const many = '*a* '.repeat(1000);
  assert.equal(read(many), `[${many}]`);
  const long = `**a** ${'b'.repeat(formattedCharsMax)}`;
  assert.equal(line(long), long);
});

test('the plain text of a message has its words, and where its links lead', () => {
  check(
    [
      ['**a** `b` [c](https://d.test)', 'a b c (https://d.test)'],
      ['[https://d.test](https://d.test)', 'https://d.test'],
      ['> a\n> b\nc', '> a\n> b\nc'],
      ['- a\n  - b\n2) c', '- a\n  - b\n2) c'],
      ['```js\na\n```', 'a'],
    ],
    unformatted,
  );
});
