/** What decision code says: a code and its parameters. The sentence comes from a catalog, in the reader's language. */
import type { node } from './en/node.ts';
import type { ArgsOf, Params, Value } from './messages.ts';

type Node = typeof node;

/** `group.name`, as in `shared/words/en/node.ts`. */
export type SaidCode = {
  [G in keyof Node & string]: { [N in keyof Node[G] & string]: `${G}.${N}` }[keyof Node[G] & string];
}[keyof Node & string];

type TextOf<C> = C extends `${infer G}.${infer N}`
  ? G extends keyof Node
    ? N extends keyof Node[G]
      ? Node[G][N] extends string
        ? Node[G][N]
        : never
      : never
    : never
  : never;

/** A message that is not a sentence yet. Goes through JSON unchanged, so it can be stored. */
export interface Said {
  readonly code: string;
  readonly params: Params;
}

/** `said('peer.blocked', { server })`. A code that does not exist, or a missing parameter, is a type error. */
export function said<C extends SaidCode>(
  code: C,
  ...[params]: keyof ArgsOf<TextOf<C>> extends never ? [] : [ArgsOf<TextOf<C>>]
): Said {
  return { code, params: (params ?? {}) as Params };
}

/** Words that are no message of ours: what a peer or the system said, shown as it is. */
export const quoted = (text: string): Said => ({ code: 'plain.text', params: { text } });

export const isSaid = (value: Value): value is Said => typeof value === 'object';

/** For a column of the database. `readSaid` takes it back. */
export const storeSaid = (message: Said): string => JSON.stringify(message);

/** What `storeSaid` wrote. A text that a version before catalogs stored is quoted. */
export function readSaid(stored: string): Said {
  if (stored.startsWith('{"code":')) {
    try {
      return JSON.parse(stored) as Said;
    } catch {
      // A sentence that happens to begin like one of ours.
    }
  }
  return quoted(stored);
}
