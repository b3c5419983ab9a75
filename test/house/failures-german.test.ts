import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Block, helpText, type Line } from '../../renderer/screens/help/markdown.ts';
import { de } from '../../shared/words/de/all.ts';
import { en } from '../../shared/words/en/all.ts';
import type { Texts } from '../../shared/words/messages.ts';

const folder = fileURLToPath(new URL('../../docs/failures/', import.meta.url));
const pagesIn = (sub: string): string[] =>
  globSync('{*,start/*}.md', { cwd: folder + sub })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
const pages = pagesIn('');
const blocksOf = (path: string): readonly Block[] => helpText(readFileSync(folder + path, 'utf8')).blocks;

const linesOf = (block: Block): readonly Line[] => {
  if (block.kind === 'list') return block.items;
  return block.kind === 'table' ? [...block.head, ...block.rows.flat()] : [block.line];
};
const shapeOf = (block: Block): string => {
  if (block.kind === 'list') return `${block.isNumbered ? 'numbered ' : ''}list of ${block.items.length}`;
  return block.kind === 'table' ? `table of ${block.head.length} × ${block.rows.length}` : block.kind;
};

/** Returns facts that are the same in every language, except for their order. `path` is that of the line's page. */
function factsOf(line: Line, path: string): string {
  const facts = line.flatMap((part) => {
    if (part.kind === 'code') return [part.text];
    const link = part.kind === 'link' ? [posix.join(posix.dirname(path), part.to).replace(/^de\//, '')] : [];
    return [...link, ...numbersIn(part.text), ...(part.kind === 'strong' ? ['(bold)'] : [])];
  });
  return facts.sort().join(' · ');
}

/** 2,000 is 2.000 in German. */
const numbersIn = (text: string): string[] => text.replace(/(?<=\d)[.,](?=\d)/g, '').match(/\d+/g) ?? [];

const textOf = (line: Line): string => line.map(({ text }) => text).join('');
const severities = { error: 'Fehler', warning: 'Warnung', note: 'Hinweis', info: 'Hinweis' } as const;
const severitiesOf = (blocks: readonly Block[]): string[] =>
  [
    ...textOf(blocks.flatMap(linesOf)[0] ?? []).matchAll(
      /\b(?:error|warning|note|info|Fehler|Warnung|Hinweis)\b/g,
    ),
  ].map(([word]) => severities[word as keyof typeof severities] ?? word);
const headings = new Map([
  ['What you see', 'Was du siehst'],
  ['Why', 'Warum'],
  ['What to do', 'Was zu tun ist'],
]);

test('each page about a failure has a German one', () => {
  assert.deepEqual(pagesIn('de/'), pages);
});

test('a German page has the parts, codes, commands, links and numbers of the English one, line by line', () => {
  for (const path of pages) {
    const facts = (of: string) =>
      blocksOf(of).map((block) => [shapeOf(block), ...linesOf(block).map((line) => factsOf(line, of))]);
    assert.deepEqual(facts(`de/${path}`), facts(path), path);
    assert.deepEqual(severitiesOf(blocksOf(`de/${path}`)), severitiesOf(blocksOf(path)), path);
  }
});

test('the parts of German pages have the same headings everywhere', () => {
  for (const path of pages)
    for (const [at, block] of blocksOf(path).entries()) {
      const heading = block.kind === 'heading' ? headings.get(textOf(block.line)) : undefined;
      if (heading !== undefined)
        assert.equal(textOf(linesOf(blocksOf(`de/${path}`)[at] ?? block)[0] ?? []), heading, path);
    }
});

/** Each English text of the catalog, with what stands for it in German. */
const translations = new Map<string, Set<string>>();
function collect(from: Texts, to: Texts): void {
  for (const [name, text] of Object.entries(from)) {
    const translated = to[name];
    if (typeof text === 'string' && typeof translated === 'string')
      translations.set(text, (translations.get(text) ?? new Set()).add(translated));
    else collect(text as Texts, translated as Texts);
  }
}
collect(en, de);

const boldOn = (path: string): string[] =>
  blocksOf(path)
    .flatMap(linesOf)
    .flatMap((line) => line.flatMap(({ kind, text }) => (kind === 'strong' ? [text] : [])));

test('a German page names buttons as the German screens do', () => {
  let compared = 0;
  for (const path of pages)
    for (const name of boldOn(path)) {
      const known = translations.get(name);
      if (known === undefined) continue;
      compared++;
      const named = boldOn(`de/${path}`).some((bold) => known.has(bold));
      assert.ok(named, `${path}: ${name} is ${[...known].join(' or ')} on the screens`);
    }
  assert.ok(compared > 5);
});

const leaves = (texts: Texts): string[] =>
  Object.values(texts).flatMap((text) => (typeof text === 'string' ? [text] : leaves(text as Texts)));
/** Pages quote these from systems, routers and search engines. */
const foreign =
  /^(?:hairpin|NAT.loopback|DNS.rebind.(?:protection|schutz)|what is my IP|Wie ist meine IP|Allow an app.*|Zugriff von App.*)$/i;

/** Buttons and labels, in quotation marks or bold within a sentence. Bold at its beginning is a cause. */
const named = (path: string): string[] =>
  blocksOf(path)
    .flatMap(linesOf)
    .flatMap((line) => [
      ...line.slice(1).flatMap(({ kind, text }) => (kind === 'strong' ? [text] : [])),
      ...[...textOf(line).matchAll(/“([^”]+)”|„([^“]+)“/g)].map(
        ([, english, german]) => english ?? german ?? '',
      ),
    ])
    .filter((name) => !foreign.test(name));

test('texts that a page names or quotes are on the screens', () => {
  for (const [sub, texts] of [
    ['', leaves(en)],
    ['de/', leaves(de)],
  ] as const) {
    const all = texts.join('\n').replaceAll('’', "'");
    const missing = pages.flatMap((page) =>
      named(sub + page).filter((name) => !all.includes(name.replaceAll('’', "'").replace(/\s?…$/, ''))),
    );
    assert.deepEqual(missing, []);
  }
});
