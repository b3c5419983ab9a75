/** A node answers this about peer invites (docs/protocol/pairing.md). Times are unix milliseconds. */
import * as v from 'valibot';
import { time } from './parts.ts';
import { PeerView } from './peer-views.ts';

export const PeerInviteView = v.object({
  id: v.string(),
  /**
   * Opens as a page in a browser, and in Paracord Node. The token in it is not kept, so only the run of the node that
   * made a link can show it again.
   */
  link: v.nullable(v.string()),
  /** The same invite as a paracord:// link: only Paracord Node opens it. */
  app_link: v.nullable(v.string()),
  /** `home`: it works in the network at home only. */
  where: v.picklist(['home', 'elsewhere']),
  /**
   * How far a browser can trust the page behind `link`. `self_signed`: it shows a warning first. `plain`: the page
   * comes over plain http. In both cases, someone in between could take the invite.
   */
  page: v.picklist(['trusted', 'self_signed', 'plain']),
  /** The room that it leads into. `name` is null for a room that is no longer here. */
  room: v.nullable(v.object({ room_id: v.string(), name: v.nullable(v.string()) })),
  status: v.picklist(['pending', 'used', 'expired', 'revoked']),
  made_at: time,
  expires_at: time,
  used_by: v.nullable(v.string()),
  /** The name of that server's user whom it let into its room. */
  used_name: v.nullable(v.string()),
  used_at: v.nullable(time),
  /**
   * A known server has answered it with an unknown key: it started over, or somebody else uses its name. `let_in`: you
   * decided that it is the same. Null unless the invite is pending.
   */
  claim: v.nullable(
    v.object({
      server_name: v.string(),
      /** The words for its new key. */
      fingerprint: v.string(),
      at: time,
      let_in: v.boolean(),
    }),
  ),
});

const InvitedRoom = v.object({ room_id: v.string(), name: v.string() });

export const InvitePreview = v.object({
  server_name: v.string(),
  domain: v.string(),
  endpoint: v.string(),
  key_id: v.string(),
  /** Six short words, for both owners to compare aloud. */
  fingerprint: v.string(),
  /** Set if the certificate is self-signed and will be pinned. */
  tls_sha256: v.nullable(v.string()),
  expires_at: time,
  /** The name there of the person who made it; `null` if their server doesn't say. */
  inviter: v.nullable(v.string()),
  /** Whether this server is a peer already. Then the invite only updates what is known about it. */
  is_peer: v.boolean(),
  /** The server is known here under another key: it started over, or somebody else uses its name. */
  started_over: v.boolean(),
  /** The room that the invite includes. */
  room: v.nullable(InvitedRoom),
});

export const AcceptanceView = v.object({
  /** The host in the link with its port, while a kept link's server hasn't said who it is. */
  server_name: v.string(),
  /** `their_turn`: it doesn't support invites, so its admin has to add this server by hand. */
  state: v.picklist(['connected', 'waiting', 'their_turn']),
  text: v.string(),
  peer: v.nullable(PeerView),
  /** The room that the invite included; `joined` once the user is in. */
  room: v.nullable(v.object({ ...InvitedRoom.entries, joined: v.boolean() })),
});

export const UnansweredAcceptanceView = v.object({
  /** The same as in `AcceptanceView`. */
  server_name: v.string(),
  accepted_at: time,
  expires_at: time,
  last_error: v.nullable(v.string()),
});

export type PeerInviteView = v.InferOutput<typeof PeerInviteView>;
export type InvitePreview = v.InferOutput<typeof InvitePreview>;
export type AcceptanceView = v.InferOutput<typeof AcceptanceView>;
export type UnansweredAcceptanceView = v.InferOutput<typeof UnansweredAcceptanceView>;

/** The form of a link to send: the page, unless someone in between could change it. */
export const bestLink = (invite: Pick<PeerInviteView, 'link' | 'app_link' | 'page'>): string | null =>
  invite.page === 'trusted' ? invite.link : invite.app_link;
