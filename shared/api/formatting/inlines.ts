import { addressesIn } from '../links.ts';
import type { Inline } from './tree.ts';

/** Marks that are open at once. Any more are text, so that every mark finds its partner in a fixed time. */
const openMax = 16;
/** Longer runs of a mark are decoration. */
const runMax = 3;

/** Formatting without an end so far: its marks, and the content after them. */
interface Open {
  readonly mark: string;
  count: number;
  /** Letters on both sides: it could also close one. */
  readonly isInner: boolean;
  nodes: Inline[];
}

/** A shrug keeps its arms. */
const shrug = '¯\\_(ツ)_/¯';
const special = /¯\\_\(ツ\)_\/¯|\\[*_~`[\]>]|`+|\*+|_+|~+|\[|\]/g;
const target =
  /\]\((https?:\/\/[^\s()<>"“”]{1,2048}(?:\([^\s()<>"“”]{0,2048}\)[^\s()<>"“”]{0,2048}){0,20})\)/iy;
const blankLines = /(\n(?:[ \t]*\n)+)/;
const space = /^[\s\p{Z}]?$/u;
const punctuation = /^[\p{P}\p{S}]$/u;

/** The text of one paragraph. Takes a time that grows with its length, whatever is in it. */
export function inlinesOf(text: string): Inline[] {
  const nodes: Inline[] = [];
  for (const part of text.split(blankLines)) for (const node of new Paragraph(part).read()) push(nodes, node);
  return nodes;
}

class Paragraph {
  readonly #text: string;
  readonly #open: Open[] = [{ mark: '', count: 0, isInner: false, nodes: [] }];

  constructor(text: string) {
    this.#text = text;
  }

  read(): Inline[] {
    const text = this.#text;
    const addresses = addressesIn(text).map(({ text: found, at }) => {
      // The words of a link end where its address begins.
      const end = found.indexOf('](');
      return { at, end: at + (end < 0 ? found.length : end) };
    });
    const closing = runsOfTicks(text);
    let from = 0;
    let address = 0;
    special.lastIndex = 0;
    for (let match = special.exec(text); match !== null; match = special.exec(text)) {
      const { index: at } = match;
      while (addresses[address] && addresses[address]!.end <= at) address++;
      const around = addresses[address];
      if (around && at >= around.at) {
        special.lastIndex = around.end;
        continue;
      }
      this.#say(text.slice(from, at));
      from = this.#take(match[0], at, closing);
      special.lastIndex = from;
    }
    this.#say(text.slice(from));
    this.#unwrapTo(0);
    return this.#open[0]!.nodes;
  }

  /** Returns where to go on. */
  #take(found: string, at: number, closing: Map<number, number[]>): number {
    const after = at + found.length;
    const mark = found.charAt(0);
    if (found === shrug) this.#say(found);
    else if (mark === '\\') this.#say(found.slice(1));
    else if (mark === '`') return this.#code(found, after, closing);
    else if (mark === '[') this.#bracket(at);
    else if (mark === ']') return this.#link(at);
    else this.#run(found, at);
    return after;
  }

  #code(ticks: string, after: number, closing: Map<number, number[]>): number {
    const ends = closing.get(ticks.length) ?? [];
    while (ends.length > 0 && ends.at(-1)! < after) ends.pop();
    const end = ends.at(-1);
    if (end === undefined) {
      this.#say(ticks);
      return after;
    }
    const code = this.#text.slice(after, end);
    const isPadded = code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '';
    this.#add({ kind: 'code', text: isPadded ? code.slice(1, -1) : code });
    return end + ticks.length;
  }

  /** A picture would be fetched from a stranger, so its marks stay text. */
  #bracket(at: number): void {
    if (this.#text.charAt(at - 1) === '!' || !this.#start('[', 1, false)) this.#say('[');
  }

  #link(at: number): number {
    const opener = this.#open.findLastIndex(({ mark }) => mark === '[');
    target.lastIndex = at;
    const to = opener < 0 ? undefined : target.exec(this.#text)?.[1];
    if (opener >= 0 && to !== undefined) {
      this.#unwrapTo(opener);
      const { nodes } = this.#open.pop()!;
      if (nodes.length > 0) {
        // No link is inside another.
        for (let outer = this.#open.length - 1; outer > 0; outer--)
          if (this.#open[outer]!.mark === '[') this.#drop(outer);
        this.#add({ kind: 'link', of: nodes, to });
      } else this.#say(`[](${to})`);
      return target.lastIndex;
    }
    if (opener >= 0) this.#drop(opener);
    this.#say(']');
    return at + 1;
  }

  #run(found: string, at: number): void {
    const mark = found.charAt(0);
    const [opens, closes] = sides(this.#text, mark, at, at + found.length);
    const isInner = opens && closes;
    let count = found.length;
    if (count > runMax || (mark === '~' && count !== 2)) {
      this.#say(found);
      return;
    }
    while (closes && count > 0) {
      const opener = this.#open.findLastIndex(
        (open) =>
          open.mark === mark &&
          // *a**b* has one part, not two.
          (!(open.isInner || isInner) ||
            (open.count + count) % 3 !== 0 ||
            (open.count % 3 === 0 && count % 3 === 0)),
      );
      if (opener < 0) break;
      this.#unwrapTo(opener);
      const open = this.#open[opener]!;
      const used = Math.min(2, count, open.count);
      const part: Inline = { kind: mark === '~' ? 'del' : used === 2 ? 'strong' : 'em', of: open.nodes };
      open.count -= used;
      count -= used;
      if (open.count === 0) {
        this.#open.pop();
        this.#add(part);
      } else open.nodes = [part];
    }
    if (count > 0 && !(opens && this.#start(mark, count, isInner))) this.#say(mark.repeat(count));
  }

  #start(mark: string, count: number, isInner: boolean): boolean {
    if (this.#open.length > openMax) return false;
    this.#open.push({ mark, count, isInner, nodes: [] });
    return true;
  }

  /** Turns everything that is still open above `at` into text. */
  #unwrapTo(at: number): void {
    while (this.#open.length - 1 > at) this.#drop(this.#open.length - 1);
  }

  #drop(at: number): void {
    const [{ mark, count, nodes }] = this.#open.splice(at, 1) as [Open];
    const below = this.#open[at - 1]!.nodes;
    push(below, { kind: 'text', text: mark.repeat(count) });
    for (const node of nodes) push(below, node);
  }

  #say(text: string): void {
    this.#add({ kind: 'text', text });
  }

  #add(node: Inline): void {
    push(this.#open.at(-1)!.nodes, node);
  }
}

/** Adds a part, and text to the text before it. */
function push(nodes: Inline[], node: Inline): void {
  const last = nodes.at(-1);
  if (node.kind !== 'text' || last?.kind !== 'text') {
    if (node.kind !== 'text' || node.text !== '') nodes.push(node);
  } else nodes[nodes.length - 1] = { kind: 'text', text: last.text + node.text };
}

/** Finds the beginnings of runs of backticks, by their length, the last one first. */
function runsOfTicks(text: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const {
    0: { length },
    index,
  } of text.matchAll(/`+/g)) {
    const places = runs.get(length);
    if (places) places.push(index);
    else runs.set(length, [index]);
  }
  for (const places of runs.values()) places.reverse();
  return runs;
}

/** Whether a run of marks can open a part, and whether it can close one, by what is on its two sides. */
function sides(text: string, mark: string, at: number, end: number): [boolean, boolean] {
  const before = [...text.slice(Math.max(0, at - 2), at)].at(-1) ?? '';
  const after = [...text.slice(end, end + 2)][0] ?? '';
  const [spaceBefore, spaceAfter] = [space.test(before), space.test(after)];
  const [signBefore, signAfter] = [punctuation.test(before), punctuation.test(after)];
  const left = !spaceAfter && (!signAfter || spaceBefore || signBefore);
  const right = !spaceBefore && (!signBefore || spaceAfter || signAfter);
  // snake_case_names are words.
  return mark === '_' ? [left && (!right || signBefore), right && (!left || signAfter)] : [left, right];
}
