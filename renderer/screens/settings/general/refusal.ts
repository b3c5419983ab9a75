import type { Failure } from '../../../node/failure.ts';

/** What is left to be said in a note when these fields tell about themselves what the node did not take. */
export function unfielded(failure: Failure | null, ...fields: readonly string[]): Failure | null {
  if (failure === null) return null;
  const named = Object.keys(failure.fields);
  return named.length > 0 && named.every((name) => fields.includes(name)) ? null : failure;
}
