import { isObject, JsonNumber, type JsonValue, parseJson } from '../../shared/protocol/coding/json.ts';
import type { UnsignedEvent } from '../../shared/protocol/events/envelope.ts';
import {
  type LeftReason,
  type Redacted,
  redactedFrom,
  redactedText,
} from '../../shared/protocol/events/redaction.ts';

/**
 * The content of `federation_events.body` for an erased event. It has exactly as many bytes as the text it replaces, so
 * SQLite overwrites that text in place. A shorter row would make SQLite move other rows between pages, and the old page
 * isn't overwritten then, not even with `secure_delete`.
 */
export interface ErasedBody {
  readonly left: Redacted;
  /** Unix ms. */
  readonly at: number;
  /** sha256 of the signed text; null if we never had the event itself. */
  readonly hash: string | null;
}

const prefix = '{"left":';

export const isErased = (row: { readonly body: string }): boolean => row.body.startsWith(prefix);

/** The same in SQL. */
export const isErasedSql = (column: string): string => `substr(${column}, 1, ${prefix.length}) = '${prefix}'`;

/** Whether an event was erased because nobody could verify it here, in SQL. */
export const isUnverifiedSql = (column: string): string =>
  `(${isErasedSql(column)} AND instr(${column}, '"erased":"unverified"') > 0)`;

/** `bytes`: the size of the text that this replaces; null if it replaces nothing. */
export function writeErased(
  event: UnsignedEvent,
  { why, at, hash }: { why: LeftReason; at: number; hash: string | null },
  bytes: number | null,
): string {
  const rest = `,"at":${at},"hash":${hash === null ? 'null' : `"${hash}"`}}`;
  const withFiles = `${prefix}${redactedText(event, why, true)}${rest}`;
  const fits = bytes === null || Buffer.byteLength(withFiles) <= bytes;
  const text = fits ? withFiles : `${prefix}${redactedText(event, why)}${rest}`;
  // The signed text is longer, because of its signatures. One blank if nothing is overwritten: “edited” may have to be
  // overwritten with “deleted” later.
  const blanks = bytes === null ? 1 : bytes - Buffer.byteLength(text);
  return text + ' '.repeat(Math.max(0, blanks));
}

export function readErased(row: { readonly body: string }): ErasedBody {
  const body = parseJson(row.body);
  if (!isObject(body)) throw new Error('no erased event');
  const at: JsonValue | undefined = body.get('at');
  const hash = body.get('hash');
  return {
    left: redactedFrom(body.get('left') ?? null, true),
    at: at instanceof JsonNumber ? Number(at.lexeme) : 0,
    hash: typeof hash === 'string' ? hash : null,
  };
}
