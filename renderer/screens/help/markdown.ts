/** The Markdown of docs/failures, as parts to draw: headings, paragraphs, lists and tables, and nothing else. */

export type Part =
  | { readonly kind: 'text' | 'code' | 'strong' | 'em'; readonly text: string }
  /** `to` as it stands in the file: `docs/failures/peer-refusing.md`. */
  | { readonly kind: 'link'; readonly text: string; readonly to: string };

export type Line = readonly Part[];

export type Block =
  | { readonly kind: 'heading' | 'paragraph'; readonly line: Line }
  | { readonly kind: 'list'; readonly isNumbered: boolean; readonly items: readonly Line[] }
  | { readonly kind: 'table'; readonly head: readonly Line[]; readonly rows: readonly (readonly Line[])[] };

export interface HelpText {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export function helpText(markdown: string): HelpText {
  const blocks = markdown
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== '');
  const title = blocks[0]?.startsWith('# ') ? blocks.shift()?.slice(2) : undefined;
  return { title: title ?? '', blocks: blocks.map(blockOf) };
}

const itemStart = /^(?:-|\d+\.) /;

function blockOf(block: string): Block {
  if (/^#+ /.test(block)) return { kind: 'heading', line: lineOf(block.replace(/^#+ /, '')) };
  const lines = block.split('\n');
  if (block.startsWith('|')) {
    const [head = [], , ...rows] = lines.map(cellsOf);
    return { kind: 'table', head, rows };
  }
  if (!itemStart.test(block)) return { kind: 'paragraph', line: lineOf(block) };
  const items: string[] = [];
  for (const line of lines) {
    if (itemStart.test(line)) items.push(line.replace(itemStart, ''));
    else items.push(`${items.pop()}\n${line.trim()}`);
  }
  return { kind: 'list', isNumbered: /^\d/.test(block), items: items.map(lineOf) };
}

const cellsOf = (row: string): Line[] =>
  row
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => lineOf(cell.trim()));

const marks =
  /`(?<code>[^`]+)`|\*\*(?<strong>[^*]+)\*\*|\*(?<em>[^*]+)\*|\[(?<text>[^\]]+)\]\((?<to>[^)]+)\)/g;

function lineOf(raw: string): Line {
  const line = raw.replaceAll('\n', ' ');
  const parts: Part[] = [];
  let end = 0;
  for (const match of line.matchAll(marks)) {
    if (match.index > end) parts.push({ kind: 'text', text: line.slice(end, match.index) });
    end = match.index + match[0].length;
    const { code, strong, em, text = '', to } = match.groups ?? {};
    if (to !== undefined) parts.push({ kind: 'link', text: text.replaceAll('`', ''), to });
    else if (code !== undefined) parts.push({ kind: 'code', text: code });
    else if (strong !== undefined) parts.push({ kind: 'strong', text: strong });
    else parts.push({ kind: 'em', text: em ?? '' });
  }
  if (end < line.length) parts.push({ kind: 'text', text: line.slice(end) });
  return parts;
}

/**
 * The name of the page that a link of page `from` leads to: `peer-refusing`, `start/disk`, and `README` for the list of
 * all. Null if it leads out of docs/failures, which isn't there in an installed app.
 */
export function linkedPage(from: string, to: string): string | null {
  if (!/^[\w./-]+\.md$/.test(to)) return null;
  const folders = from.split('/').slice(0, -1);
  for (const step of to.replace(/\.md$/, '').split('/')) {
    if (step !== '..') folders.push(step);
    else if (folders.pop() === undefined) return null;
  }
  return folders.join('/');
}
