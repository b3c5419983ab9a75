/** A server lists for its peers the users and rooms that they may find (docs/protocol/directory.md). */
import * as v from 'valibot';
import { said } from '../../words/said.ts';
import { readBody } from '../bodies.ts';
import { plainText } from '../coding/plain-text.ts';
import { badRequest } from '../errors.ts';
import { parseRoomId, parseUserId } from '../identifiers.ts';
import { limits } from '../limits.ts';

export interface Listing {
  readonly users: readonly { readonly user_id: string; readonly display_name: string }[];
  readonly rooms: readonly { readonly room_id: string; readonly name: string; readonly members: number }[];
}

const signedParts = 5;

/** The server signs this text. It names the asker, so that nobody can pass it off as an answer to someone else. */
export const listingText = (server: string, asker: string, at: number, listing: Listing): string =>
  ['paracord-directory', server, asker, String(at), JSON.stringify(listing)].join('\n');

const SignedListing = v.object({
  text: v.pipe(v.string(), v.maxLength(limits.listingCharsMax)),
  key_id: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.keyIdCharsMax)),
  signature: v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/)),
});
export type SignedListing = v.InferOutput<typeof SignedListing>;

const shortName = v.pipe(v.string(), v.maxLength(limits.listedNameCharsMax));
const id = v.pipe(v.string(), v.maxLength(512));
const ListingBody = v.object({
  users: v.pipe(v.array(v.object({ user_id: id, display_name: shortName })), v.maxLength(limits.listedMax)),
  rooms: v.pipe(
    v.array(
      v.object({
        room_id: id,
        name: shortName,
        members: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      }),
    ),
    v.maxLength(limits.listedMax),
  ),
});

/** BAD_REQUEST for anything but such an answer. The caller has to verify the signature. */
export const readSignedListing = (body: string): SignedListing => readBody(SignedListing, body);

/**
 * The list in a signed text that `server` wrote for `asker` near `now` (unix ms). Keeps only users and rooms of that
 * server: `isOf` says whether a domain is its own. BAD_REQUEST for any other text.
 */
export function readListing(
  text: string,
  about: {
    readonly server: string;
    readonly asker: string;
    readonly now: number;
    readonly isOf: (domain: string) => boolean;
  },
): Listing {
  const parts = text.split('\n');
  const [kind, server, asker, at = '', body = ''] = parts;
  const isForUs =
    parts.length === signedParts &&
    kind === 'paracord-directory' &&
    server === about.server &&
    asker === about.asker &&
    /^[0-9]{1,16}$/.test(at) &&
    Math.abs(Number(at) - about.now) <= limits.aheadMsMax;
  if (!isForUs) throw badRequest(said('wire.listing_wrong', { server: about.server }));
  const { users, rooms } = readBody(ListingBody, body);
  const isOwn = (parse: (id: string) => { readonly server: string }, id: string): boolean => {
    try {
      return about.isOf(parse(id).server);
    } catch {
      return false;
    }
  };
  return {
    users: users
      .filter(({ user_id }) => isOwn(parseUserId, user_id))
      .map(({ user_id, display_name }) => ({ user_id, display_name: plainText(display_name) })),
    rooms: rooms
      .filter(({ room_id }) => isOwn(parseRoomId, room_id))
      .map(({ room_id, name, members }) => ({ room_id, name: plainText(name), members })),
  };
}
