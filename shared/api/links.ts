/**
 * `paracord://` links: `paracord://room/ROOM_ID?via=SERVER`, with `&channel=CHANNEL&message=EVENT_ID` for a message in the
 * room, and the peer invites of invite-link.ts. They open the desktop app, and can be pasted on the screens. A parsed link is
 * only ever shown to the owner as a question, or leads to a room that its reader is in.
 */

import { isDecimalId, isEventId, parseRoomId, requireServerName } from '../protocol/identifiers.ts';
import { isAskLink } from '../protocol/invites/ask-link.ts';
import {
  type InviteLink,
  isInviteLink,
  readInviteLink,
  writeInviteLink,
} from '../protocol/invites/invite-link.ts';
import { said } from '../words/said.ts';

export interface RoomLink {
  readonly kind: 'room';
  readonly room_id: string;
  /** The room's home, by the link. Joining is refused if the room's ID names another server. */
  readonly via: string | null;
  /** The message that it leads to. */
  readonly message: LinkedMessage | null;
}
interface LinkedMessage {
  readonly channel_id: string;
  readonly event_id: string;
}
/** A peer invite: in its one form if it is complete, otherwise the text that looks like one; or a request for one. */
export interface PeerLink {
  readonly kind: 'peer';
  readonly link: string;
}
/** Why something isn't a valid link. The sentences are in `text.rooms.link`. */
type LinkProblem = 'long' | 'scheme' | 'form' | 'escapes' | 'room' | 'server' | 'message';
interface WrongLink {
  readonly kind: 'wrong';
  readonly problem: LinkProblem;
}
type Link = RoomLink | PeerLink | WrongLink;

const linkCharsMax = 2048;
const scheme = 'paracord://';

export const roomLink = (roomId: string, via: string): string =>
  `${scheme}room/${encodeURIComponent(roomId)}?via=${encodeURIComponent(via)}`;

export const messageLink = (roomId: string, via: string, { channel_id, event_id }: LinkedMessage): string =>
  `${roomLink(roomId, via)}&channel=${channel_id}&message=${encodeURIComponent(event_id)}`;

/** The first link in a text. Additions of a mail program or a sentence around it are ignored. */
export function parseLink(text: string): Link {
  const link = text.trim();
  if (link.length > linkCharsMax) return wrong('long');
  if (isAskLink(link)) return { kind: 'peer', link };
  if (isInviteLink(link) || /^paracord:\/\/peer\/[\w-]+\/?$/i.test(link))
    return { kind: 'peer', link: inviteLinkIn(link) };
  const whole = parseRoomLink(link);
  if (whole.kind === 'room') return whole;
  const links = addressesIn(link).map((address) => parseRoomLink(address.text));
  return links.find(({ kind }) => kind === 'room') ?? whole;
}

/** The complete invite in a text, in its one form; the trimmed text if it has none. */
function inviteLinkIn(text: string): string {
  const invite = inviteIn(text);
  return invite === null ? text.trim() : writeInviteLink(invite).web;
}

/** A complete short invite; null for anything else. */
export function inviteIn(text: string): InviteLink | null {
  return attempt(readInviteLink, text) ?? null;
}

const roomForm = /^room\/([^/?#]+)\/?(?:\?via=([^&=#?/]+)(?:&channel=([0-9]{1,19})&message=([^&=#?/]+))?)?$/;

function parseRoomLink(link: string): RoomLink | WrongLink {
  if (link.slice(0, scheme.length).toLowerCase() !== scheme) return wrong('scheme');
  const match = roomForm.exec(link.slice(scheme.length));
  if (!match) return wrong('form');
  const room_id = attempt(decodeURIComponent, match[1]!);
  const via = match[2] === undefined ? null : attempt(decodeURIComponent, match[2]);
  const event_id = match[4] === undefined ? null : attempt(decodeURIComponent, match[4]);
  if (room_id === undefined || via === undefined || event_id === undefined) return wrong('escapes');
  if (attempt(parseRoomId, room_id) === undefined) return wrong('room');
  const name =
    via === null
      ? null
      : attempt((given) => requireServerName(given, said('id.where_field', { field: 'via' })), via);
  if (name === undefined) return wrong('server');
  const channel_id = match[3] ?? '';
  const message = event_id === null ? null : { channel_id, event_id };
  if (message && !(isDecimalId(channel_id) && isEventId(message.event_id))) return wrong('message');
  return { kind: 'room', room_id, via: name, message };
}

const address = /(?<![\p{L}\p{N}])(?:https?:\/\/|mailto:|paracord:\/\/)[^\s<>"“”\p{Cc}\p{Bidi_Control}]+/giu;
const closers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const closerOf = new Map(
  Object.entries(closers).flatMap(([closer, opener]) => [
    [closer, closer],
    [opener, closer],
  ]),
);

/** More than anybody reads would take long to find. */
const addressesMax = 500;

/** The first addresses in a text, and where each begins. */
export function addressesIn(text: string): { readonly text: string; readonly at: number }[] {
  const found: { text: string; at: number }[] = [];
  for (const match of text.matchAll(address)) {
    found.push({ text: withoutTail(match[0]), at: match.index });
    if (found.length === addressesMax) break;
  }
  return found;
}

/** Punctuation that ends the sentence around a link, and a bracket opened before it. */
function withoutTail(link: string): string {
  // How many of each bracket are closed without having been opened, counted once: a link may be all brackets.
  const unopened = new Map(Object.keys(closers).map((closer) => [closer, 0]));
  for (const mark of link) {
    const closer = closerOf.get(mark);
    if (closer !== undefined) unopened.set(closer, (unopened.get(closer) ?? 0) + (mark === closer ? 1 : -1));
  }
  let end = link.length;
  for (; end > 0; end--) {
    const last = link.charAt(end - 1);
    const more = unopened.get(last);
    if (more === undefined ? !/[.,;:!?'*_~]/.test(last) : more <= 0) break;
    if (more !== undefined) unopened.set(last, more - 1);
  }
  return link.slice(0, end);
}

const wrong = (problem: LinkProblem): WrongLink => ({ kind: 'wrong', problem });

/** `undefined` if it throws. */
function attempt<T>(read: (text: string) => T, text: string): T | undefined {
  try {
    return read(text);
  } catch {
    return undefined;
  }
}
