import { canonicalJson } from '../coding/canonical-json.ts';
import { isObject, JsonNumber, type JsonObject, type JsonValue, type Plain } from '../coding/json.ts';
import { plainFileName } from '../coding/plain-text.ts';
import { pictureTypes } from '../file-type.ts';
import { isDecimalId } from '../identifiers.ts';
import { limits } from '../limits.ts';
import { canonicalEvent, type Envelope } from './envelope.ts';
import { isContentType, isFileHash, isThumbhash } from './file-forms.ts';

/** A file named in a message. Its bytes are not in the event; they are found by their hash. */
export interface FileNote {
  readonly name: string;
  /** Bytes; null if unknown. */
  readonly size: number | null;
  /** The file's number on the server that it was uploaded to; null without one. */
  readonly id: string | null;
  /** SHA-256 of the bytes, lower-case hex; null if nobody can tell whether bytes are this file. */
  readonly hash: string | null;
  /** `image/png`, as the sender says; null if unknown. Nothing is decided by it. */
  readonly type: string | null;
  /** The width of a picture or a video, in pixels. */
  readonly width: number | null;
  readonly height: number | null;
  /** A few colors that stand for the picture until it is there; base64. */
  readonly thumbhash: string | null;
}

/** A small picture that stands for somebody, or for a room. Its bytes are not in the event; they are found by their hash. */
export type PictureNote = { readonly [K in 'hash' | 'size' | 'type']: NonNullable<FileNote[K]> };

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
 * The files named in a message. Anyone may have written this list, so everything that isn't of the expected form is
 * dropped.
 */
export function filesOf(content: JsonObject): FileNote[] {
  const list = content.get(field);
  if (!Array.isArray(list)) return [];
  return (list as readonly JsonValue[])
    .slice(0, limits.filesShownMax)
    .flatMap((item) => (isObject(item) ? [noteOf(item)] : []));
}

const noteOf = (item: JsonObject): FileNote => ({
  name: nameOf(item.get('filename')),
  size: numberUpTo(item.get('size'), Number.MAX_SAFE_INTEGER),
  id: textLike(item.get('id'), isDecimalId),
  hash: textLike(item.get('content_hash'), isFileHash),
  type: textLike(item.get('content_type'), isContentType),
  width: numberUpTo(item.get('width'), limits.filePixelsMax),
  height: numberUpTo(item.get('height'), limits.filePixelsMax),
  thumbhash: textLike(item.get('thumbhash'), isThumbhash),
});

/** The same list as content of a message. */
export const attachmentsOf = (files: readonly FileNote[]): { readonly [key: string]: Plain | undefined }[] =>
  files.map(({ name, size, id, hash, type, width, height, thumbhash }) => ({
    id,
    filename: name,
    size,
    content_type: type,
    content_hash: hash,
    ...(width === null ? {} : { width }),
    ...(height === null ? {} : { height }),
    ...(thumbhash === null ? {} : { thumbhash }),
  }));

/**
 * Reads the picture in content. Anyone may have written it, so the result is null unless it has the expected form and
 * is as small as a picture that browsers load by themselves.
 */
export function pictureOf(content: JsonObject): PictureNote | null {
  const item = content.get('picture');
  if (!isObject(item)) return null;
  const { hash, size, type } = noteOf(item);
  if (hash === null || size === null || type === null || !pictureTypes.has(type)) return null;
  return size > 0 && size <= limits.pictureBytesMax ? { hash, size, type } : null;
}

/** The same picture as content of an event. */
export const pictureContent = ({ hash, size, type }: PictureNote): { readonly [key: string]: Plain } => ({
  content_hash: hash,
  content_type: type,
  size,
});

const nameOf = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? plainFileName(value, limits.fileNameCharsMax) : '';

const textLike = (value: JsonValue | undefined, isLike: (text: string) => boolean): string | null =>
  typeof value === 'string' && isLike(value) ? value : null;

function numberUpTo(value: JsonValue | undefined, max: number): number | null {
  const number = value instanceof JsonNumber ? Number(value.lexeme) : Number.NaN;
  return Number.isSafeInteger(number) && number >= 0 && number <= max ? number : null;
}
