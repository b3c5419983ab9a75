import { limits } from '../limits.ts';

/** The bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

/**
 * Whether the existing server would refuse a body of its own users. From other servers the releases that were tested
 * (0.5.0, 0.8.5) take longer ones and show them whole.
 */
export const isLongForOthers = (body: string): boolean => utf8Bytes(body) > limits.otherBodyBytesMax;

/** How the existing server writes that someone is meant: the number under which it knows that user. */
const pattern = /<@!?([0-9]{1,20})>/g;
const lookedUpMax = 50;

/** The numbers that a body mentions, each once. */
export function mentionedIds(body: string): string[] {
  if (!body.includes('<@')) return [];
  const ids = new Set<string>();
  for (const [, id] of body.matchAll(pattern)) if (id !== undefined && ids.size < lookedUpMax) ids.add(id);
  return [...ids];
}

/** How our own users say whom they mean: `@name` or `@name:server`, in any case. */
const called = /(?<![\p{L}\p{N}@/._-])@([a-z0-9][a-z0-9._-]{0,63}(?::[a-z0-9][a-z0-9.:-]{0,254})?)/giu;

/** Where a body calls someone, at most 50 times: the name after the `@`, in lower case, without what ends a sentence. */
export function callsOf(body: string): { readonly name: string; readonly at: number }[] {
  const calls: { name: string; at: number }[] = [];
  if (!body.includes('@')) return calls;
  for (const { 1: name = '', index: at } of body.matchAll(called)) {
    calls.push({ name: name.toLowerCase().replace(/[._:-]+$/, ''), at });
    if (calls.length === lookedUpMax) break;
  }
  return calls;
}

/** Whom a body calls, each once. */
export const namesCalled = (body: string): string[] => [...new Set(callsOf(body).map(({ name }) => name))];

/** A body with names in place of the numbers that `nameOf` knows; the rest stays as it was written. */
export const withNames = (body: string, nameOf: (id: string) => string | undefined): string =>
  body.replace(pattern, (written, id: string) => {
    const name = nameOf(id);
    return name === undefined ? written : `@${name}`;
  });
