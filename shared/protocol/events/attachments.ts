import { canonicalJson } from '../coding/canonical-json.ts';
import { isObject, JsonNumber, type JsonObject, type JsonValue } from '../coding/json.ts';
import { plainFileName } from '../coding/plain-text.ts';
import { limits } from '../limits.ts';
import { canonicalEvent, type Envelope } from './envelope.ts';

/** A file named in a message. The file itself stays on the server it was uploaded to. */
export interface FileNote {
  readonly name: string;
  /** Bytes; null if unknown. */
  readonly size: number | null;
}

const field = 'attachments';

/** Whether an event has a field that release 0.8.5 of the existing server adds only after signing the rest. */
export const mayHaveUnsignedFiles = (event: Envelope): boolean =>
  event.event_type === 'm.message' && event.content.has(field);

/**
 * The text that the origin signed: the whole event, or the event without the names of its files. It defines the event:
 * two copies that differ only in unsigned file names are the same event.
 */
export function signedText(event: Envelope, filesUnsigned: boolean): string {
  const signed = filesUnsigned ? withoutFiles(event) : event;
  return canonicalEvent(signed, signed.contentText);
}

export function withoutFiles(event: Envelope): Envelope {
  const content = new Map(event.content);
  content.delete(field);
  return { ...event, content, contentText: canonicalJson(content) };
}

/**
 * The files named in a message. Anyone may have written this list, so everything but plain names and sizes is dropped.
 */
export function filesOf(content: JsonObject): FileNote[] {
  const list = content.get(field);
  if (!Array.isArray(list)) return [];
  return (list as readonly JsonValue[])
    .slice(0, limits.filesShownMax)
    .flatMap((item) =>
      isObject(item) ? [{ name: nameOf(item.get('filename')), size: sizeOf(item.get('size')) }] : [],
    );
}

const nameOf = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? plainFileName(value, limits.fileNameCharsMax) : '';

function sizeOf(value: JsonValue | undefined): number | null {
  const size = value instanceof JsonNumber ? Number(value.lexeme) : Number.NaN;
  return Number.isSafeInteger(size) && size >= 0 ? size : null;
}
