import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type Block,
  helpText,
  type Line,
  linkedPage,
} from '../../../../../renderer/screens/help/markdown.ts';

const folder = fileURLToPath(new URL('../../../../../docs/failures/', import.meta.url));
const names = globSync('{*,start/*}.md', { cwd: folder }).map((path) =>
  path.replaceAll('\\', '/').replace(/\.md$/, ''),
);
/** Each page in English and in German, with the name that both have on the screens. */
const pages = ['', 'de/'].flatMap((sub) =>
  names.map((name) => ({ name, page: helpText(readFileSync(`${folder}${sub}${name}.md`, 'utf8')) })),
);

const linesOf = (block: Block): readonly Line[] => {
  if (block.kind === 'list') return block.items;
  return block.kind === 'table' ? [...block.head, ...block.rows.flat()] : [block.line];
};

test('a page is drawn from headings, paragraphs, lists and tables', () => {
  const markdown =
    '# Title\n\n`code` · warning\n\n## Why\n\nA **bold**\nword, see [`other`](other.md).\n\n- one\n  more\n- *two*\n\n1. first\n2. second\n\n| a | b |\n|---|---|\n| x | `y` |';
  assert.deepEqual(helpText(markdown), {
    title: 'Title',
    blocks: [
      {
        kind: 'paragraph',
        line: [
          { kind: 'code', text: 'code' },
          { kind: 'text', text: ' · warning' },
        ],
      },
      { kind: 'heading', line: [{ kind: 'text', text: 'Why' }] },
      {
        kind: 'paragraph',
        line: [
          { kind: 'text', text: 'A ' },
          { kind: 'strong', text: 'bold' },
          { kind: 'text', text: ' word, see ' },
          { kind: 'link', text: 'other', to: 'other.md' },
          { kind: 'text', text: '.' },
        ],
      },
      {
        kind: 'list',
        isNumbered: false,
        items: [[{ kind: 'text', text: 'one more' }], [{ kind: 'em', text: 'two' }]],
      },
      {
        kind: 'list',
        isNumbered: true,
        items: [[{ kind: 'text', text: 'first' }], [{ kind: 'text', text: 'second' }]],
      },
      {
        kind: 'table',
        head: [[{ kind: 'text', text: 'a' }], [{ kind: 'text', text: 'b' }]],
        rows: [[[{ kind: 'text', text: 'x' }], [{ kind: 'code', text: 'y' }]]],
      },
    ],
  });
});

test('no page of docs/failures has Markdown that would be shown as it is written', () => {
  assert.ok(names.length > 40);
  for (const { name, page } of pages) {
    assert.notEqual(page.title, '', name);
    for (const part of page.blocks.flatMap(linesOf).flat())
      if (part.kind !== 'code') assert.doesNotMatch(part.text, /[`*[\]|]|^#|^- /, name);
  }
});

test('links between pages lead to a page; those to files that an installed app lacks are text', () => {
  const there = new Set(names);
  for (const { name, page } of pages)
    for (const part of page.blocks.flatMap(linesOf).flat()) {
      if (part.kind !== 'link') continue;
      const linked = linkedPage(name, part.to);
      if (linked === null) assert.match(part.to, /^(?:\.\.\/)+data\.md$/);
      else assert.ok(there.has(linked), `${name}: ${part.to}`);
    }
  assert.equal(linkedPage('start/disk', '../offline.md'), 'offline');
  assert.equal(linkedPage('start/disk', 'refused.md'), 'start/refused');
  assert.equal(linkedPage('offline', '../../main/x.md'), null);
  assert.equal(linkedPage('offline', 'javascript:alert(1)'), null);
});
