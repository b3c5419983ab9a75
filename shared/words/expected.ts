/** Messages for schemas: what a field expects, as a text that `issueSaid` converts back. */
import type * as v from 'valibot';
import type { wire } from './en/node/wire.ts';
import type { ArgsOf } from './messages.ts';
import { readSaid, type Said, said, storeSaid } from './said.ts';

type Expected = (typeof wire)['expected'];
export type What = keyof (typeof wire)['what'];

/** `expected('range', { min: 1, max: 500 })`. */
export function expected<N extends keyof Expected>(
  name: N,
  ...[params]: keyof ArgsOf<Expected[N]> extends never ? [] : [ArgsOf<Expected[N]>]
): string {
  return storeSaid({ code: `expected.${name}`, params: (params ?? {}) as Said['params'] });
}

/** `expectedWhat('room_id')`: expected a room ID such as …. */
export const expectedWhat = (what: What): string => expected('what', { what: said(`what.${what}`) });

/** The message of an issue. If its schema has none, what the library says about the expected form. */
export function issueSaid(issue: Pick<v.BaseIssue<unknown>, 'message' | 'expected'>): Said {
  const own = readSaid(issue.message);
  if (own.code !== 'plain.text' || issue.expected === null) return own;
  return said('expected.form', { form: issue.expected });
}
