import { unformatted } from '../../../../shared/api/formatting/unformatted.ts';
import {
  addressesIn,
  inviteIn,
  type PeerLink,
  parseLink,
  type RoomLink,
} from '../../../../shared/api/links.ts';
import type { UserView } from '../../../../shared/api/views/node-views.ts';
import type { AnsweredView, TimelineItem } from '../../../../shared/api/views/room-views.ts';
import { callsOf, withNames } from '../../../../shared/protocol/events/body.ts';
import { kindOf as kindOfTypes } from '../../../../shared/protocol/file-type.ts';
import { visible } from '../../../../shared/unicode/visible.ts';
import { text } from '../../../text/text.ts';
import type { Acting } from '../acting.ts';
import { nameOf as fileNameOf, kindOf } from './shown-files.ts';

/** A piece of a message's text, of which some are links. */
export interface BodyPart {
  readonly text: string;
  /** The target of a link; `null` for plain words. */
  readonly href: string | null;
  /** Stands behind an address, and isn't part of the message. */
  readonly isHost?: true;
  /** The reader's name, where it is called. */
  readonly isMe?: true;
  /** A room link or an invite, in either form, shown as a card. */
  readonly link?: RoomLink | PeerLink;
}

const schemes = ['https:', 'http:', 'mailto:'];
/** Reading an address can take longer than its length. A longer one is shown as text. */
const linkCharsMax = 8192;

type Reader = Pick<UserView, 'user_id' | 'localpart'>;

/** `me`: a reader whose name is marked where the body calls it. */
export function bodyParts(body: string, me: Reader | null = null): BodyPart[] {
  return me === null ? linkedParts(body) : linkedParts(body).flatMap((part) => calledParts(part, me));
}

function calledParts(part: BodyPart, me: Reader): BodyPart[] {
  if (part.href !== null || part.link || part.isHost) return [part];
  const parts: BodyPart[] = [];
  let from = 0;
  for (const { name, at } of callsOf(part.text)) {
    if (name !== me.localpart && `@${name}` !== me.user_id) continue;
    const to = at + 1 + name.length;
    parts.push({ text: part.text.slice(from, at), href: null });
    parts.push({ text: part.text.slice(at, to), href: null, isMe: true });
    from = to;
  }
  return [...parts, { text: part.text.slice(from), href: null }].filter(({ text }) => text !== '');
}

function linkedParts(body: string): BodyPart[] {
  const parts: BodyPart[] = [];
  let from = 0;
  for (const { text, at } of addressesIn(body)) {
    const link = cardOf(text);
    const href = link === null ? linkTarget(text) : null;
    if (link === null && href === null) continue;
    if (at > from) parts.push({ text: body.slice(from, at), href: null });
    parts.push({ text, href, ...(link === null ? {} : { link }) });
    const host = href === null ? null : hostBehind(text, href);
    if (host !== null) parts.push({ text: ` (${host})`, href: null, isHost: true });
    from = at + text.length;
  }
  if (from < body.length) parts.push({ text: body.slice(from), href: null });
  return parts;
}

/** Finds what is shown as a card. Anyone may have a page named “join”, so a web address has to be a complete invite. */
function cardOf(text: string): RoomLink | PeerLink | null {
  if (/^https?:/i.test(text) && !inviteIn(text)) return null;
  const link = parseLink(text);
  return link.kind === 'wrong' ? null : link;
}

function linkTarget(text: string): string | null {
  if (text.length > linkCharsMax) return null;
  const url = URL.parse(text);
  if (url === null || !schemes.includes(url.protocol)) return null;
  // A name before the @ makes the host look like another one.
  if (url.username !== '' || url.password !== '') return null;
  return url.protocol === 'mailto:' && url.pathname === '' ? null : url.href;
}

/** Returns the text to show behind an address: its host, if that is in letters that can look like others. */
export function hostBehind(address: string, href: string): string | null {
  const host = URL.parse(href)?.host ?? '';
  return /(?:^|\.)xn--/.test(host) && !address.toLowerCase().includes(host) ? host : null;
}

/** How a link with words of its own is shown. */
interface LinkLook {
  /** The target; null if it can't be opened. */
  readonly href: string | null;
  /** The text behind the words: the host, or the whole address if the words look like another one. */
  readonly behind: string | null;
  /** Whether the words are what is clicked; otherwise the address is. */
  readonly isInWords: boolean;
}

/** Nobody has to trust the words of a link: where it leads can always be read. */
export function linkLook(words: string, to: string): LinkLook {
  const href = linkTarget(to);
  const url = href === null ? null : URL.parse(href);
  if (url === null) return { href: null, behind: to, isInWords: false };
  const shown = words.replace(/\p{DI}/gu, '').trim();
  const named = URL.parse(/^https?:/i.test(shown) ? shown : `https://${shown}`);
  if (!/\s/.test(shown) && named?.host === url.host)
    return { href, behind: hostBehind(shown, url.href), isInWords: true };
  // Other dots count as dots in addresses, too.
  const poses = /\S[.。]\p{L}{2,}|:\/\//u.test(shown.normalize('NFKC')) || visible(words) !== words;
  return { href, behind: poses ? url.href : url.host, isInWords: !poses };
}

/** An emoji or a few of them, and no words. */
const fewEmoji = /^\s*(?:\p{RGI_Emoji}\s*){1,12}$/v;
export const isOnlyEmoji = (body: string): boolean => body.length < 200 && fewEmoji.test(body);

/** Returns the text of a message, with names in place of the numbers it mentions people by. */
export function bodyOf(
  { body, mentions }: Pick<TimelineItem, 'body' | 'mentions'>,
  nameOf: (userId: string) => string,
): string {
  return withNames(body ?? '', (id) => {
    const known = mentions.find((mention) => mention.id === id);
    return known && nameOf(known.user_id);
  });
}

/** The same without its formatting. */
export const wordsOf = (item: TimelineItem, nameOf: (userId: string) => string): string =>
  unformatted(bodyOf(item, nameOf));

/** The same; for a message without text, the names of its files. */
export function lineOf(item: TimelineItem, nameOf: (userId: string) => string): string {
  const body = wordsOf(item, nameOf);
  return body === '' && item.files.length > 0 ? item.files.map(fileNameOf).join(', ') : body;
}

type Quoted = Pick<AnsweredView, 'sender' | 'text' | 'deleted' | 'unverified' | 'files'>;

/** A message in one line, and whether that says something in place of its text. */
export function quoteOf(
  { sender, text: words, deleted, unverified, files }: Quoted,
  { nameOf }: Pick<Acting, 'nameOf'>,
): { readonly name: string; readonly line: string; readonly isInstead: boolean } {
  const texts = text.rooms.message;
  const name = nameOf(sender);
  const instead = (line: string) => ({ name, line, isInstead: true });
  if (deleted) return instead(texts.deleted);
  if (unverified) return instead(texts.unverified({ who: name }));
  if (words) return { name, line: words, isInstead: false };
  const [file] = files;
  if (file === undefined) return instead(texts.noText);
  const kind = kindOf({ ...file, place: 'here' });
  return instead(
    files.length > 1
      ? texts.fileCount({
          kind: kindOfTypes(files.map(({ content_type }) => content_type)),
          count: files.length,
        })
      : texts.fileNamed({ kind: texts.fileTypes({ kind }), name: fileNameOf(file) }),
  );
}

/** The common ones. Any other can be typed. */
export const commonEmojis = ['👍', '❤️', '😂', '🎉', '🙏', '👀', '✅', '🔥', '😮', '😢', '👎', '🚀'] as const;

// The sign that asks for the colored form may be missing, because some keyboards leave it out.
const oneEmoji = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\u{fe0f}?)$/v;

export const isEmoji = (text: string): boolean => oneEmoji.test(text);
