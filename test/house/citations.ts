/** Finds citations in code and docs of files and headings that don't exist. Pure: the caller reads the files. */
import { posix } from 'node:path';
import type { Source } from './sources.ts';

/** Paths that may be cited, from the root of the repository: every file and every folder. */
export type Tree = ReadonlySet<string>;

const fences = /^(```|~~~)[^\n]*\n[\s\S]*?^\1/gm;
const link = /\[[^\]]*\]\(([^()\s]*(?:\([^()\s]*\))?[^()\s]*)\)/g;
const path = /(?<![\w./@~$*}-])(?:[\w-]+\/)*[\w.-]+\.(?:ts|mjs|svelte|md)(?![\w/*-])/g;
const folder =
  /(?<![\w./@~$*}-])(?:main|shared|renderer|test|build|docs)(?:\/[\w-]+)+(?![\w*{$<-]|\/?[./][\w*{$<]|\/[*{$<])/g;
const page = /\bdocs\/[\w/-]+\.md\b/g;
const heading = /(\S+\.md),? \(?"([^"]+)"/g;

/** Headings of a page as GitHub names their anchors; the same name again gets a number. */
export function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  return headingsOf(markdown).map((title) => {
    const slug = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

export const headingsOf = (markdown: string): string[] =>
  [...markdown.replace(fences, '').matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, title = '']) =>
    title.replaceAll('`', ''),
  );

/** The text of the comments of a source file, each on one line, so that a citation may wrap. */
export function commentsOf({ path: file, text }: Source): string[] {
  const blocks = [...text.matchAll(/^[ \t]*\/\*\*?([\s\S]*?)\*\/|(?<=\S[ \t]+)\/\*([^\n]*?)\*\//gm)].map(
    ([, block, inner]) => block ?? inner ?? '',
  );
  const lines = [...text.matchAll(/(?:^|\s)\/\/ ?([^\n]*(?:\n[ \t]*\/\/[^\n]*)*)/g)].map(
    ([, all = '']) => all,
  );
  const markup = file.endsWith('.svelte')
    ? [...text.matchAll(/<!--([\s\S]*?)-->/g)].map(([, all = '']) => all)
    : [];
  return [...blocks, ...lines, ...markup].map((comment) =>
    comment.replace(/\n[ \t]*(?:\*|\/\/)?[ \t]*/g, ' ').trim(),
  );
}

/** Broken citations of a page: links, anchors, and files named in its text. */
export function brokenInPage(page: Source, tree: Tree, pages: ReadonlyMap<string, string>): string[] {
  const text = page.text.replace(fences, '');
  const links = [...text.matchAll(link)].map(([, target = '']) => target);
  const prose = text.replace(link, '');
  return [
    ...links.flatMap((target) => brokenLink(page.path, target, tree, pages) ?? []),
    ...brokenPaths(prose, tree),
    ...brokenHeadings(prose, pages),
  ].map((what) => `${page.path}: ${what}`);
}

function brokenLink(
  from: string,
  target: string,
  tree: Tree,
  pages: ReadonlyMap<string, string>,
): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
  const [file = '', anchor] = target.split('#');
  const to = file === '' ? from : posix.join(posix.dirname(from), decodeURI(file)).replace(/\/$/, '');
  if (!tree.has(to)) return `no file ${target}`;
  const markdown = pages.get(to);
  const isThere = anchor === undefined || (markdown !== undefined && anchorsOf(markdown).includes(anchor));
  return isThere ? null : `no heading ${target}`;
}

/** Broken citations in the comments of a source file, and of docs that its code names. */
export function brokenInSource(source: Source, tree: Tree, pages: ReadonlyMap<string, string>): string[] {
  const cited = commentsOf(source).flatMap((comment) => [
    ...brokenPaths(comment, tree),
    ...brokenHeadings(comment, pages),
    ...[...comment.matchAll(path)]
      .map(([name]) => name)
      .filter((name) => name.endsWith('.md') && !tree.has(name))
      .map((name) => `${name} is not cited from the root of the repository`),
  ]);
  const named = [...source.text.matchAll(page)]
    .map(([name]) => name)
    .filter((name) => !tree.has(name))
    .map((name) => `no file ${name}`);
  return [...new Set([...cited, ...named])].map((what) => `${source.path}: ${what}`);
}

/** A file may be named by the end of its path: `verify.ts`, `events/verify.ts`, `main/events/verify.ts`. */
function brokenPaths(text: string, tree: Tree): string[] {
  const files = [...text.matchAll(path)].map(([name]) => name);
  const folders = [...text.matchAll(folder)].map(([name]) => name);
  return [
    ...files.filter((name) => !tree.has(name) && ![...tree].some((file) => file.endsWith(`/${name}`))),
    ...folders.filter((name) => !tree.has(name) && !tree.has(`${name}.ts`)),
  ].map((name) => `no file ${name}`);
}

function brokenHeadings(text: string, pages: ReadonlyMap<string, string>): string[] {
  return [...text.matchAll(heading)].flatMap(([, cited = '', title = '']) => {
    const file = cited.replace(/^[(`]+/, '');
    const markdown = pages.get(file);
    return markdown !== undefined && !headingsOf(markdown).includes(title)
      ? [`no heading ${file}, "${title}"`]
      : [];
  });
}

/** Sections of a page of rules (by its second-level headings) that name no test. */
export function sectionsWithoutTest(markdown: string): string[] {
  const [, ...sections] = markdown.replace(fences, '').split(/^## +/m);
  return sections
    .filter((section) => !/\]\([^)]*\.test\.ts\)/.test(section))
    .map((section) => section.slice(0, section.indexOf('\n')));
}

/** First cells of the rows of each table whose header begins with this cell; code marks taken off. */
export function rowsUnder(header: string, markdown: string): string[] {
  const rows: string[] = [];
  let within = false;
  for (const line of markdown.split('\n')) {
    const cell = /^\| *(.*?) *\|/.exec(line)?.[1];
    if (cell === undefined) within = false;
    else if (cell === header) within = true;
    else if (within && !/^-+$/.test(cell)) rows.push(cell.replaceAll('`', ''));
  }
  return rows;
}
