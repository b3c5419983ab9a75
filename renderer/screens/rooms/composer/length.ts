import { isLongForOthers } from '../../../../shared/protocol/events/body.ts';

/**
 * How long a message may be that someone writes by hand. The protocol allows a mebibyte, which no reader wants in a
 * conversation and which every member server would keep.
 */
export const messageCharactersMax = 20_000;

/** Counts characters as people do: an emoji of one code point is one. */
const charactersOf = (text: string): number =>
  text.length <= messageCharactersMax ? text.length : [...text].length;

export type MessageLength =
  | { readonly state: 'fine' }
  | { readonly state: 'near' | 'over'; readonly count: number; readonly max: number };

/** Whether a text is longer than the other servers in a room take. */
export const isTooLongFor = (servers: readonly string[], body: string): boolean =>
  servers.length > 0 && isLongForOthers(body.trim());

/** Describes the length for the composer; from four fifths on, so that nobody is surprised by the end. */
export function lengthOf(body: string): MessageLength {
  const count = charactersOf(body.trim());
  const max = messageCharactersMax;
  if (count > max) return { state: 'over', count, max };
  return count > max * 0.8 ? { state: 'near', count, max } : { state: 'fine' };
}
