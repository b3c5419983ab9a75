/** Decision code says a code and its parameters. The sentence comes from a catalog, in the reader's language. */
import type { node } from './en/node.ts';
import type { ArgsOf, Params, Value } from './messages.ts';

export type NodeTexts = typeof node;

/** `group.name`, as in `shared/words/en/node.ts`. */
export type SaidCode = {
  [G in keyof NodeTexts & string]: { [N in keyof NodeTexts[G] & string]: `${G}.${N}` }[keyof NodeTexts[G] &
    string];
}[keyof NodeTexts & string];

type TextOf<C> = C extends `${infer G}.${infer N}`
  ? G extends keyof NodeTexts
    ? N extends keyof NodeTexts[G]
      ? NodeTexts[G][N] extends string
        ? NodeTexts[G][N]
        : never
      : never
    : never
  : never;

/** A message that is not a sentence yet. Goes through JSON unchanged, so it can be stored. */
export interface Said<C extends string = string> {
  readonly code: C;
  readonly params: Params;
}

/** `said('peer.blocked', { server })`. A code that does not exist, or a missing parameter, is a type error. */
export function said<C extends SaidCode>(
  code: C,
  ...[params]: keyof ArgsOf<TextOf<C>> extends never ? [] : [ArgsOf<TextOf<C>>]
): Said<C> {
  return { code, params: (params ?? {}) as Params };
}

/** Text that isn't a message of ours: what a peer or the system said, shown unchanged. */
export const quoted = (text: string): Said => ({ code: 'plain.text', params: { text } });

export const isSaid = (value: unknown): value is Said => {
  const { code, params } = (value ?? {}) as Partial<Said>;
  return typeof code === 'string' && typeof params === 'object' && params !== null;
};

/** Makes a text of a message, for a database column or a schema. `readSaid` converts it back. */
export const storeSaid = (message: Said): string => JSON.stringify(message);

/** Reads what `storeSaid` wrote. A text stored by a version before catalogs is quoted. */
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

/** Consecutive sentences; null is left out. */
export function sentences(first: Said, ...more: readonly (Said | null)[]): Said {
  return more
    .filter((part) => part !== null)
    .reduce((so, second) => said('plain.pair', { first: so, second }), first);
}

/** `a, b, c`. There must be at least one. */
export function listed([first = '', ...more]: readonly Value[]): Value {
  return more.reduce((so, second) => said('plain.comma', { first: so, second }), first);
}

const units = [
  ['span.days', 86_400_000],
  ['span.hours', 3_600_000],
  ['span.minutes', 60_000],
  ['span.seconds', 1000],
] as const;

/** A length of time, in the largest unit of which there are at least two: `90 minutes`, `3 days`. */
export function span(ms: number): Said {
  const [code, size] = units.find(([, size]) => ms >= 2 * size) ?? ['span.seconds' as const, 1000];
  return said(code, { n: Math.max(0, Math.round(ms / size)) });
}

/** Returns what an error says to the owner. One that was not written for owners is quoted. */
export function saidOf(error: unknown): Said {
  const own = (error as { readonly said?: Said } | null)?.said;
  return own ?? quoted(error instanceof Error ? error.message : String(error));
}

/** A view made by decision code, with messages in place of texts. */
export type Unsaid<T, K extends keyof T> = Omit<T, K> & {
  readonly [P in K]: Exclude<T[P], string> | Said;
};
