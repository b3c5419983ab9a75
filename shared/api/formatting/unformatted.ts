import { blocksOf } from './blocks.ts';
import type { Block, Inline } from './tree.ts';

/** A message as plain text, without the marks that format it: for a line, a notification or a terminal. */
export const unformatted = (body: string): string => linesOf(blocksOf(body));

const linesOf = (blocks: readonly Block[]): string => blocks.map(lineOf).join('\n');

function lineOf(block: Block): string {
  if (block.kind === 'paragraph') return wordsOf(block.of);
  if (block.kind === 'code') return block.text;
  if (block.kind === 'quote') return linesOf(block.of).replace(/^/gm, '> ');
  return block.items
    .map(({ mark, of }) => `${mark === '' ? '-' : mark} ${linesOf(of).replaceAll('\n', '\n  ')}`)
    .join('\n');
}

/** Names where a link leads, behind its words. */
export const wordsOf = (inlines: readonly Inline[]): string =>
  inlines
    .map((inline) => {
      if (!('of' in inline)) return inline.text;
      const words = wordsOf(inline.of);
      return inline.kind === 'link' && words !== inline.to ? `${words} (${inline.to})` : words;
    })
    .join('');
