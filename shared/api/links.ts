/**
 * `paracord://` links: `paracord://room/ROOM_ID?via=SERVER`, and the peer invites of invite-link.ts. They open the desktop app, and can be pasted on the screens. A parsed link is only ever shown to the owner as a
 * question.
 */

import { parseRoomId, requireServerName } from '../protocol/identifiers.ts';
import { isInviteLink } from '../protocol/invites/invite-link.ts';
import { said } from '../words/said.ts';

export interface RoomLink {
  readonly kind: 'room';
  readonly room_id: string;
  /** The room's home, by the link. Joining is refused if the room's ID names another server. */
  readonly via: string | null;
}
/** A peer invite, not parsed yet. */
export interface PeerLink {
  readonly kind: 'peer';
  readonly link: string;
}
/** Why something isn't a valid link. The sentences are in `text.rooms.link`. */
type LinkProblem = 'long' | 'scheme' | 'form' | 'escapes' | 'room' | 'server';
interface WrongLink {
  readonly kind: 'wrong';
  readonly problem: LinkProblem;
}
type Link = RoomLink | PeerLink | WrongLink;

const linkCharsMax = 2048;
const scheme = 'paracord://';

export const roomLink = (roomId: string, via: string): string =>
  `${scheme}room/${encodeURIComponent(roomId)}?via=${encodeURIComponent(via)}`;

export function parseLink(text: string): Link {
  const link = text.trim();
  if (link.length > linkCharsMax) return wrong('long');
  if (isInviteLink(link)) return { kind: 'peer', link };
  if (link.slice(0, scheme.length).toLowerCase() !== scheme) return wrong('scheme');
  const match = /^room\/([^/?#]+)\/?(?:\?via=([^&=#?/]+))?$/.exec(link.slice(scheme.length));
  if (!match) return wrong('form');
  const room_id = attempt(decodeURIComponent, match[1]!);
  const via = match[2] === undefined ? null : attempt(decodeURIComponent, match[2]);
  if (room_id === undefined || via === undefined) return wrong('escapes');
  if (attempt(parseRoomId, room_id) === undefined) return wrong('room');
  const name =
    via === null
      ? null
      : attempt((given) => requireServerName(given, said('id.where_field', { field: 'via' })), via);
  return name === undefined ? wrong('server') : { kind: 'room', room_id, via: name };
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
