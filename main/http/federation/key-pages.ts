import { limits } from '../../../shared/protocol/limits.ts';

/**
 * As many keys as a reader takes at once, those behind `after` (docs/protocol/wire.md, "GET keys"). `next` only where
 * there are more: other servers read the first page and find it as it always was.
 */
export function keysPage<K extends { readonly key_id: string }>(
  keys: readonly K[],
  after: string | null,
): { readonly keys: readonly K[]; readonly next?: string } {
  const at = after === null ? 0 : keys.findIndex(({ key_id }) => key_id === after) + 1;
  const page = after !== null && at === 0 ? [] : keys.slice(at, at + limits.signaturesMax);
  const last = page.at(-1);
  return last !== undefined && at + page.length < keys.length
    ? { keys: page, next: last.key_id }
    : { keys: page };
}
