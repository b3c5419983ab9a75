/**
 * A link of someone whose server can't be called: it asks a friend, whose server perhaps can, for an invite
 * (docs/protocol/pairing.md, "Asking for an invite"). It proves nothing and grants nothing.
 */
import * as v from 'valibot';
import { base64urlFromBytes, bytesFromBase64url } from '../coding/base64url.ts';
import { limits } from '../limits.ts';

const version = 1;
const prefix = 'paracord://ask/';
const nameCharsMax = 128;
const short = v.pipe(v.string(), v.minLength(1), v.maxLength(nameCharsMax));

const Ask = v.object({
  v: v.literal(version),
  /** The name of the person who asks. */
  from: short,
  /** The name of their server. */
  server: v.pipe(v.string(), v.maxLength(limits.serverNameCharsMax)),
  /** A name for the room in which they want to talk. */
  room: short,
  /** Unix ms. */
  expires: v.pipe(v.number(), v.safeInteger()),
});
export type Ask = Omit<v.InferOutput<typeof Ask>, 'v'>;

export const writeAskLink = (ask: Ask): string =>
  prefix + base64urlFromBytes(bytesOf(JSON.stringify({ v: version, ...ask })));

const links = new RegExp(`${prefix}([\\w-]+)`, 'i');

/** Whether a text contains something that looks like one, complete or not. */
export const isAskLink = (text: string): boolean => links.test(text);

/** Reads the first one in a text; null without one, or it was cut or altered. */
export function readAskLink(text: string): Ask | null {
  if (text.length > limits.peerInviteCharsMax) return null;
  const bytes = bytesFromBase64url(links.exec(text)?.[1] ?? '');
  if (bytes === null) return null;
  try {
    const read = v.safeParse(Ask, JSON.parse(textOf(bytes)));
    if (!read.success) return null;
    const { v: _, ...ask } = read.output;
    return ask;
  } catch {
    return null;
  }
}

/** Returns the bytes of UTF-8. */
const bytesOf = (text: string): number[] =>
  (encodeURIComponent(text).match(/%..|./g) ?? []).map((one) =>
    one.length === 1 ? one.charCodeAt(0) : Number.parseInt(one.slice(1), 16),
  );

/** Throws for anything but UTF-8. */
const textOf = (bytes: readonly number[]): string =>
  decodeURIComponent(bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
