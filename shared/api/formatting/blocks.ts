/**
 * Reads the formatting of a message: bold, italic, struck through, code, quotes, lists and links. Everything else, such
 * as headings, pictures, tables and HTML, stays the text it is (docs/decisions/0086-formatting-of-our-own.md).
 */
import { inlinesOf } from './inlines.ts';
import type { Block, Inline, Item } from './tree.ts';

/** The longest message that someone can write by hand. A longer one is shown as the text it is. */
export const formattedCharsMax = 20_000;
/** Quotes and lists that are nested deeper stay as they were written. */
const depthMax = 6;
/** More parts than anybody formats by hand would only slow a screen down. */
const partsMax = 1500;

const fence = /^ *(`{3,})([^`]*)$/;
/** A mark of a quote. Without a space behind it, it is a face, such as “>:(”. */
const quote = /^ {0,3}>+(?:[ \t]|$)/;
const item = /^( *)([-*]|\d{1,9}[.)])( +)(?=\S)/;

/** The parts of a message, from the top. */
export function blocksOf(body: string): readonly Block[] {
  const whole: readonly Block[] = [{ kind: 'paragraph', of: [{ kind: 'text', text: body }] }];
  if (body.length > formattedCharsMax) return whole;
  const blocks = blocksIn(body.split('\n'), 0);
  return partsIn(blocks) > partsMax ? whole : blocks;
}

function blocksIn(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let from = 0;
  for (let at = 0; at < lines.length; ) {
    const found = blockAt(lines, at, at > from, depth);
    if (found === null) {
      at++;
      continue;
    }
    pushParagraph(blocks, lines.slice(from, at));
    blocks.push(found.block);
    at = found.end;
    from = at;
  }
  pushParagraph(blocks, lines.slice(from));
  return blocks;
}

interface Found {
  readonly block: Block;
  /** The line behind it. */
  readonly end: number;
}

function blockAt(lines: readonly string[], at: number, isInText: boolean, depth: number): Found | null {
  const line = lines[at]!;
  const opened = fence.exec(line);
  if (opened) return codeAt(lines, at, opened);
  if (depth === depthMax) return null;
  if (quote.test(line)) return quoteAt(lines, at, depth);
  const first = item.exec(line);
  // Text may have a line that begins with a year.
  const begins =
    first !== null && (!isInText || isBlank(lines[at - 1]) || /^(?:[-*]|1[.)])$/.test(first[2]!));
  return begins ? listAt(lines, at, isBullet(first[2]!), depth) : null;
}

/** Reads code up to the closing fence; without one, to the end. */
function codeAt(lines: readonly string[], at: number, [, ticks = '', language = '']: RegExpExecArray): Found {
  const closes = (line: string) => /^ *`+ *$/.test(line) && line.trim().length >= ticks.length;
  let end = at + 1;
  while (end < lines.length && !closes(lines[end]!)) end++;
  const text = lines.slice(at + 1, end).join('\n');
  return { block: { kind: 'code', text, language: language.trim() }, end: end + 1 };
}

/** A line without the mark is an answer to the quote, not part of it. */
function quoteAt(lines: readonly string[], at: number, depth: number): Found {
  let end = at;
  while (end < lines.length && quote.test(lines[end]!)) end++;
  const inner = lines.slice(at, end).map((line) => line.replace(/^ *> ?/, ''));
  return { block: { kind: 'quote', of: blocksIn(inner, depth + 1) }, end };
}

function listAt(lines: readonly string[], at: number, bullets: boolean, depth: number): Found {
  const items: Item[] = [];
  const outer = indentOf(lines[at]!);
  let end = at;
  while (end < lines.length) {
    const line = lines[end]!;
    if (!continues(line, bullets, outer)) break;
    const [head = '', indent = '', mark = ''] = item.exec(line) ?? [];
    const inner = [line.slice(head.length)];
    end++;
    for (let next = end; next < lines.length; next++) {
      if (isBlank(lines[next])) continue;
      if (indentOf(lines[next]!) < indent.length + 2) break;
      for (; end <= next; end++) inner.push(lines[end]!.slice(Math.min(head.length, indentOf(lines[end]!))));
    }
    items.push({ mark: bullets ? '' : mark, of: blocksIn(inner, depth + 1) });
    let next = end;
    while (next < lines.length && isBlank(lines[next])) next++;
    if (continues(lines[next] ?? '', bullets, outer)) end = next;
  }
  return { block: { kind: 'list', items }, end };
}

function continues(line: string, bullets: boolean, outer: number): boolean {
  const match = item.exec(line);
  return match !== null && isBullet(match[2]!) === bullets && match[1]!.length <= outer + 1;
}

const isBullet = (mark: string): boolean => mark === '-' || mark === '*';
const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === '';
const indentOf = (line: string): number => line.length - line.trimStart().length;

/** A paragraph keeps its blank lines, but for those that part it from what is around it. */
function pushParagraph(blocks: Block[], lines: readonly string[]): void {
  const first = lines.findIndex((line) => !isBlank(line));
  if (first < 0) return;
  const last = lines.findLastIndex((line) => !isBlank(line));
  blocks.push({ kind: 'paragraph', of: inlinesOf(lines.slice(first, last + 1).join('\n')) });
}

function partsIn(nodes: readonly (Block | Inline)[]): number {
  return nodes.reduce((sum, node) => {
    if (node.kind === 'list') return sum + node.items.reduce((all, { of }) => all + 1 + partsIn(of), 1);
    return sum + 1 + ('of' in node ? partsIn(node.of) : 0);
  }, 0);
}
