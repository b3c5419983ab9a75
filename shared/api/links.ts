/**
 * `paracord://` links: `paracord://room/ROOM_ID?via=SERVER` and `paracord://peer/PAYLOAD`. The desktop app is opened with them, the screens take
 * them pasted. What comes out of here is only ever put before the owner as a question.
 */
import { badRequest } from '../protocol/errors.ts';
import { parseRoomId, requireServerName } from '../protocol/identifiers.ts';

export interface RoomLink {
  readonly kind: 'room';
  readonly room_id: string;
  /** The peer to ask, where the room id does not name it. */
  readonly via: string | null;
}
/** A peer invite, not looked into yet. */
export interface PeerLink {
  readonly kind: 'peer';
  readonly link: string;
}
export type Link = RoomLink | PeerLink;

const linkCharsMax = 2048;
const scheme = 'paracord://';

export const roomLink = (roomId: string, via: string): string =>
  `${scheme}room/${encodeURIComponent(roomId)}?via=${encodeURIComponent(via)}`;

/** Throws BAD_REQUEST with what was expected for anything that is not exactly such a link. */
export function parseLink(text: string): Link {
  const link = text.trim();
  if (link.length > linkCharsMax)
    throw badRequest(`Expected a link of at most ${linkCharsMax} characters, got ${link.length}.`);
  if (link.slice(0, scheme.length).toLowerCase() !== scheme)
    throw badRequest('Expected a link that begins with paracord://.');
  if (/^peer\/[\w-]+\/?$/.test(link.slice(scheme.length))) return { kind: 'peer', link };
  const match = /^room\/([^/?#]+)\/?(?:\?via=([^&=#?/]+))?$/.exec(link.slice(scheme.length));
  if (!match)
    throw badRequest(
      'Expected a peer invite, or a link to a room such as paracord://room/!123:chat.example?via=chat.example.',
    );
  const room_id = decoded(match[1]!);
  parseRoomId(room_id);
  return {
    kind: 'room',
    room_id,
    via: match[2] === undefined ? null : requireServerName(decoded(match[2]), 'The link’s “via”'),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest('Expected a link whose % escapes are UTF-8; it may have been cut.');
  }
}
