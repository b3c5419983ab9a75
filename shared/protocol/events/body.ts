import { isObject, type JsonObject } from '../coding/json.ts';
import { limits } from '../limits.ts';

/** Node.js and browsers have it, although the language itself doesn't. A loop over a long text takes 30 times as long. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
const encoder = new TextEncoder();

/** The size of a text in UTF-8 bytes. */
export const utf8Bytes = (text: string): number => encoder.encode(text).length;

/**
 * Whether the existing server would drop a body since 1.0. The tested releases before (0.5.0, 0.8.5) accept longer ones
 * from other servers, and show them in full.
 */
export const isLongForOthers = (body: string): boolean => utf8Bytes(body) > limits.otherBodyBytesMax;

/** A mention, as written by the existing server: the number by which it knows the user. */
const pattern = /<@!?([0-9]{1,20})>/g;
const lookedUpMax = 50;

/** The numbers mentioned in a body, each once. */
export function mentionedIds(body: string): string[] {
  if (!body.includes('<@')) return [];
  const ids = new Set<string>();
  for (const [, id] of body.matchAll(pattern)) {
    if (id !== undefined) ids.add(id);
    if (ids.size === lookedUpMax) break;
  }
  return [...ids];
}

/** The users whom the existing server lists as mentioned since 3.0, at most 50. Of a malformed list, what is readable. */
export function listedMentions(content: JsonObject): string[] {
  const mentions = content.get('m.mentions');
  const users = isObject(mentions) ? mentions.get('user_ids') : undefined;
  if (!Array.isArray(users)) return [];
  const readable = users
    .slice(0, lookedUpMax)
    .filter((user) => typeof user === 'string' && user.startsWith('@'));
  return [...new Set(readable as string[])];
}

/** A mention, as written by our own users: `@name` or `@name:server`, in any case. `<@7>` doesn't call a user named 7. */
const called =
  /(?<![\p{L}\p{N}@/._-])(?!(?<=<)@[0-9]{1,20}>)@([a-z0-9][a-z0-9._-]{0,63}(?::[a-z0-9][a-z0-9.:-]{0,254})?)/giu;

/**
 * The mentions in a body, at most 50: the name after the `@`, in lower case, without punctuation that ends a sentence.
 */
export function callsOf(body: string): { readonly name: string; readonly at: number }[] {
  const calls: { name: string; at: number }[] = [];
  if (!body.includes('@')) return calls;
  for (const { 1: name = '', index: at } of body.matchAll(called)) {
    calls.push({ name: name.toLowerCase().replace(/[._:-]+$/, ''), at });
    if (calls.length === lookedUpMax) break;
  }
  return calls;
}

/** The names mentioned in a body, each once. */
export const namesCalled = (body: string): string[] => [...new Set(callsOf(body).map(({ name }) => name))];

/** A body with names in place of the numbers that `nameOf` knows; the rest is unchanged. */
export const withNames = (body: string, nameOf: (id: string) => string | undefined): string =>
  body.replace(pattern, (written, id: string) => {
    const name = nameOf(id);
    return name === undefined ? written : `@${name}`;
  });
