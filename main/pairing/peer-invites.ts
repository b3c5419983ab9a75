import type { PeerOffer } from '../../shared/protocol/bodies.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { normalizeServerName, parseUserId } from '../../shared/protocol/identifiers.ts';
import {
  requireInviteId,
  writeInviteLink,
  writeInviteOffer,
} from '../../shared/protocol/invites/invite-link.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { mayGoOn } from '../addresses/address-notices.ts';
import type { FindOwnAddress, OwnAddress } from '../addresses/own-address.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { RoomHome } from '../rooms/home.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerInviteRow } from '../store/tables/peer-invite-store.ts';
import { newPeer } from '../store/tables/peer-store.ts';
import type { RoomRow } from '../store/tables/rooms/room-store.ts';
import type { Tx } from '../store/writer.ts';
import type { Contacts } from '../trust/contact/contacts.ts';
import type { KeyPins } from '../trust/keys/key-pins.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { isUnderAnotherKey } from './invite-trust.ts';

export interface MadeInvite extends PeerInviteRow {
  /** Known only to the run of the node that made it, because the token isn't stored. */
  readonly link: { readonly web: string; readonly app: string } | null;
  readonly status: InviteStatus;
  /** The name of its room, if that still exists. */
  readonly room_name: string | null;
  /** The address of ours that it leads to now. */
  readonly address: OwnAddress;
}
type InviteStatus = 'pending' | 'used' | 'revoked' | 'expired';

const idBytes = 8;
const tokenBytes = 16;
/** Counts for each invite; for requests with made-up ids, for each address that they come from. */
const readRate = { requests_per_minute: 60, burst: 30 };
const readersMax = 1000;

interface PeerInvitesDeps {
  readonly store: Tables<'peerInvites' | 'users' | 'writer'>;
  readonly directory: PeerDirectory;
  readonly pins: KeyPins;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Random;
  readonly ownAddress: FindOwnAddress;
  /** Our address in the network at home. */
  readonly homeAddress: () => OwnAddress;
  readonly contacts: Pick<Contacts, 'heardFrom'>;
  readonly home: Pick<RoomHome, 'inviterTo' | 'welcome'>;
  readonly registry: { get(roomId: string): { readonly row: Pick<RoomRow, 'name'> } | undefined };
  readonly tell: Tell;
}

/**
 * The inviting side: links made here, and the one signed call that we accept from a stranger (docs/protocol/pairing.md,
 * "The acceptance").
 */
export class PeerInvites {
  readonly #deps: PeerInvitesDeps;
  readonly #links = new Map<string, NonNullable<MadeInvite['link']>>();
  readonly #reads: RateLimiter;
  readonly #guesses: RateLimiter;

  constructor(deps: PeerInvitesDeps) {
    this.#deps = deps;
    this.#reads = new RateLimiter(deps.clock, readersMax);
    this.#guesses = new RateLimiter(deps.clock, readersMax);
  }

  /**
   * `where`: for friends in the network at home, or elsewhere; without it, for everybody, or at least for those at home.
   * CONFLICT while they have no address to call, because a link needs one. With a room, the accepting user is invited to
   * it in the name of `as`, or of the owner. BAD_REQUEST for an invalid expiry.
   */
  async make(
    ageMs: number = limits.peerInviteAgeMsDefault,
    room?: { readonly id: string; readonly as: string | undefined },
    where?: 'home' | 'elsewhere',
  ): Promise<MadeInvite> {
    const { keyring, clock, random, store, ownAddress, homeAddress, home, tell } = this.#deps;
    if (ageMs < limits.peerInviteAgeMsMin || ageMs > limits.peerInviteAgeMsMax)
      throw refusal('BAD_REQUEST', said('pairing.expiry'));
    const made_by = room === undefined ? null : home.inviterTo(room.id, room.as);
    const isHome = where === 'home' || (where === undefined && ownAddress().endpoint === null);
    const { endpoint } = isHome ? homeAddress() : ownAddress();
    if (endpoint === null)
      throw refusal('CONFLICT', said(where === 'home' ? 'pairing.no_home_address' : 'pairing.no_address'));
    const now = clock.now();
    const { keyId, signer } = keyring.active();
    const id = random.bytes(idBytes).toString('hex');
    const token = random.bytes(tokenBytes).toString('hex');
    const row = {
      id,
      token_hash: sha256Hex(token),
      made_at: now,
      expires_at: now + ageMs,
      key_id: keyId,
      room_id: room?.id ?? null,
      made_by,
      at_home: isHome ? 1 : 0,
    } as const;
    await store.writer.write((tx) => {
      store.peerInvites.add(row);
      tx.afterCommit(() => tell({ fact: 'pairing-changed' }));
    });
    const base = new URL(endpoint).origin;
    this.#links.set(id, writeInviteLink({ base, id, token, public_key: signer.publicKey }));
    return this.#required(id);
  }

  /**
   * Makes our statement about an invite, signed by the key in its link (docs/protocol/pairing.md, "The offer").
   * NOT_FOUND for an unknown invite. RATE_LIMITED if one invite is requested too often, or too many unknown ones from
   * one address. SERVICE_UNAVAILABLE while this server has no public address.
   */
  offer(id: string, from: string): string {
    const { store, keyring } = this.#deps;
    const row = store.peerInvites.byId(requireInviteId(id));
    const key = row && keyring.key(row.key_id);
    const [limiter, reader] = row && key ? [this.#reads, id] : [this.#guesses, from];
    limiter.spend(reader, readRate, (seconds) => said('wire.rate_strangers', { seconds }));
    if (!row || !key)
      throw refusal('NOT_FOUND', said('pairing.peer_no_invite'), { details: { reason: 'unknown_invite' } });
    const { endpoint, tlsSha256 } = this.#addressIn(row);
    if (endpoint === null) throw refusal('SERVICE_UNAVAILABLE', said('pairing.no_address'));
    const name = this.#roomName(row);
    const inviter = this.#inviter(row);
    return writeInviteOffer(
      {
        id,
        status: this.#statusOf(row),
        server_name: keyring.serverName,
        domain: keyring.domain,
        endpoint,
        key_id: key.keyId,
        public_key: key.publicKey,
        ...(tlsSha256 === null ? {} : { tls_sha256: tlsSha256 }),
        expires_at: row.expires_at,
        ...(inviter === undefined ? {} : { inviter }),
        ...(row.room_id === null || name === null ? {} : { room: { room_id: row.room_id, name } }),
      },
      (text) => key.signer.sign(text),
    );
  }

  #addressIn({ at_home }: PeerInviteRow): OwnAddress {
    return at_home === 1 ? this.#deps.homeAddress() : this.#deps.ownAddress();
  }

  #inviter({ made_by }: PeerInviteRow): string | undefined {
    const { users } = this.#deps.store;
    return (made_by === null ? users.owner() : users.byUserId(made_by))?.display_name;
  }

  #roomName({ room_id }: PeerInviteRow): string | null {
    const room = room_id === null ? undefined : this.#deps.registry.get(room_id);
    return room?.row.name ?? null;
  }

  #statusOf({ used_at, revoked_at, expires_at }: PeerInviteRow): InviteStatus {
    if (revoked_at !== null) return 'revoked';
    if (used_at !== null) return 'used';
    return expires_at <= this.#deps.clock.now() ? 'expired' : 'pending';
  }

  /** Newest first. */
  list(): MadeInvite[] {
    const { store } = this.#deps;
    return store.peerInvites.all().map((row) => ({
      ...row,
      link: this.#links.get(row.id) ?? null,
      status: this.#statusOf(row),
      room_name: this.#roomName(row),
      address: this.#addressIn(row),
    }));
  }

  /**
   * Ends an invite for everybody, also for the server that used it. NOT_FOUND for an unknown id; CONFLICT for an
   * invite that was revoked before.
   */
  async revoke(id: string): Promise<MadeInvite> {
    const { store, clock } = this.#deps;
    const { claimed_by } = this.#required(id);
    const isRevoked = await store.writer.write((tx) => {
      tx.afterCommit(() => this.#tellClaim(claimed_by));
      return store.peerInvites.revoke(id, clock.now());
    });
    if (!isRevoked) throw refusal('CONFLICT', said('pairing.spent'));
    return this.#required(id);
  }

  /**
   * The owner decides that the server that claims this invite is the one they know, so it may use the invite with its new
   * key. NOT_FOUND for an unknown id; CONFLICT if nobody claims it, or it can't be used any more.
   */
  async letIn(id: string): Promise<MadeInvite> {
    const { store, clock } = this.#deps;
    const { claimed_by } = this.#required(id);
    const isLetIn = await store.writer.write((tx) => {
      tx.afterCommit(() => this.#tellClaim(claimed_by));
      return store.peerInvites.letIn(id, clock.now());
    });
    if (!isLetIn) throw refusal('CONFLICT', said('pairing.no_claim'));
    return this.#required(id);
  }

  /** Servers that wait for the owner to say whether they are the ones they know. */
  claimants(): ReadonlySet<string> {
    const { store, clock } = this.#deps;
    return new Set(store.peerInvites.undecided(clock.now()));
  }

  #tellClaim(server: string | null): void {
    const { tell } = this.#deps;
    tell({ fact: 'pairing-changed' });
    if (server !== null) tell({ fact: 'peer-changed', server });
  }

  #required(id: string): MadeInvite {
    const invite = this.list().find((one) => one.id === id);
    if (!invite) throw refusal('NOT_FOUND', said('pairing.unknown'));
    return invite;
  }

  /**
   * Accepts a server that opened one of our links. `signedWith` is the key that signed its request, one of those in
   * `offer`. FORBIDDEN, always the same, for a token that never existed, was used or revoked, or has expired. If our
   * answer got lost, the same server with the same key may repeat the call until the invite expires, as long as it is a
   * peer here; that changes nothing. If the invite has a room, the user in the first acceptance may then join it, once.
   * CONFLICT if its name is taken or its key differs from the known one, FORBIDDEN if the owner has blocked it,
   * BAD_REQUEST for our own name or another server's user.
   * SERVICE_UNAVAILABLE if this server can't invite anyone right now and the caller has to retry.
   */
  async take(offer: PeerOffer, signedWith: string): Promise<void> {
    const { store, directory, keyring } = this.#deps;
    const server = normalizeServerName(offer.server_name);
    const domain = normalizeServerName(offer.domain);
    if (directory.claimantOf(server, domain) === keyring.serverName)
      throw refusal('BAD_REQUEST', said('pairing.peer_own_name'));
    if (offer.user_id !== undefined && ![server, domain].includes(serverOfUser(offer.user_id)))
      throw refusal('BAD_REQUEST', said('pairing.peer_other_user', { user: offer.user_id, server }));
    // Decided inside the transaction: of two requests at the same time, one is late, and the owner may have decided in
    // the meantime.
    const outcome = await store.writer.write((tx) => {
      const outcome = this.#admit({ ...offer, server, domain }, signedWith, tx);
      if (outcome === 'new') tx.afterCommit(() => this.#announce(server, offer.user_id));
      return outcome;
    });
    if (outcome instanceof ProtocolError) throw outcome;
    await this.#welcome(offer);
  }

  /**
   * Lets in the user of the first acceptance, once: someone who was removed since needs another invite. The room may no
   * longer exist, or the inviter may have left it. The servers are peers anyway.
   */
  async #welcome({ token, user_id }: PeerOffer): Promise<void> {
    const { store, home, clock } = this.#deps;
    const invite = store.peerInvites.byHash(sha256Hex(token));
    const { room_id, made_by, used_user } = invite ?? {};
    if (!invite || !room_id || !made_by || !used_user) return;
    if (used_user !== user_id || invite.welcomed_at !== null) return;
    try {
      await home.welcome(room_id, used_user, made_by);
      await store.writer.write(() => store.peerInvites.welcomed(invite.id, clock.now()));
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code === 'SERVICE_UNAVAILABLE') throw error;
    }
  }

  #announce(server: string, user: string | undefined): void {
    const { directory, contacts, tell } = this.#deps;
    directory.tellStanding(server);
    contacts.heardFrom(server);
    tell({ fact: 'invite-used', server });
    const name = user === undefined ? server : parseUserId(user).localpart;
    tell({ fact: 'notice', level: 'info', said: said('peer.opened_invite', { name }), server });
  }

  /** Runs inside a transaction. Returns a refusal instead of throwing it, so that the claim of the invite is kept. */
  #admit(
    offer: PeerOffer & { readonly server: string; readonly domain: string },
    signedWith: string,
    tx: Tx,
  ): 'new' | 'again' | ProtocolError {
    const { store, directory, pins, clock } = this.#deps;
    const { server, domain } = offer;
    const now = clock.now();
    const standing = this.#standingOf(offer.token, server, signedWith);
    if (standing === 'none') return refused();
    if (standing === 'used') return 'again';
    const refusal = this.#refusalOf(server, domain, offer);
    if (refusal) return refusal;
    const invite = store.peerInvites.byHash(sha256Hex(offer.token));
    if (isUnderAnotherKey(directory, server, signedWith)) {
      if (!isLetIn(invite, server, signedWith)) {
        this.#claim(invite, { server, key: signedWith }, tx);
        return differs(server);
      }
      pins.beginAgainWithin(server, offer.keys);
    }
    const by = { server, key: signedWith, user: offer.user_id ?? null };
    store.peerInvites.use(sha256Hex(offer.token), by, now);
    const endpoint = offer.endpoint ?? null;
    directory.makeRoomWithin(server, domain);
    pins.pinWithin(server, offer.keys);
    directory.putWithin({
      ...(directory.get(server) ?? newPeer(server, domain)),
      domain,
      endpoint,
      endpoint_by_owner: isOwnersWord(invite ? this.#addressIn(invite).endpoint : null, endpoint) ? 1 : 0,
      tls_sha256: offer.tls_sha256 ?? null,
      known_through: null,
      extensions: offer.extensions.join(' '),
      discovered_at: now,
      mode: 'allow',
    });
    return 'new';
  }

  /** FORBIDDEN if `take` would refuse this token. A cheap check, before a signature is verified. */
  checkToken(offer: PeerOffer, signedWith: string): void {
    const server = normalizeServerName(offer.server_name);
    if (this.#standingOf(offer.token, server, signedWith) === 'none') throw refused();
  }

  /** `used` only for the server that used it and may repeat its request. */
  #standingOf(token: string, server: string, key: string): 'pending' | 'used' | 'none' {
    const { store, directory, clock } = this.#deps;
    const invite = store.peerInvites.byHash(sha256Hex(token));
    if (!invite || invite.revoked_at !== null || invite.expires_at <= clock.now()) return 'none';
    if (invite.used_at === null) return 'pending';
    const isSame = invite.used_by === server && invite.used_key === key;
    return isSame && directory.isAllowed(server) ? 'used' : 'none';
  }

  /** An invite lets a new server in. It must not change who a known server is, nor undo a decision of the owner. */
  #refusalOf(server: string, domain: string, offer: PeerOffer): ProtocolError | null {
    const { directory } = this.#deps;
    const other = directory.rivalOf(server, domain);
    if (other !== null) return refusal('CONFLICT', said('pairing.peer_name_taken', { other }));
    const standing = directory.standing(server);
    if (standing === 'blocked' || standing === 'quarantined')
      return refusal('FORBIDDEN', said('pairing.peer_standing', { server, standing }), {
        details: { reason: `origin_${standing}` },
      });
    const hasOtherKey = offer.keys.some(({ key_id, public_key }) => {
      const known = directory.key(server, key_id);
      return known?.source === 'peer' && known.public_key !== public_key;
    });
    return hasOtherKey ? differs(server) : null;
  }

  /**
   * A server that is known under another key has answered the invite. Only its owner can say whether it is the same, so
   * ours is asked, once for each invite: anyone who has its token may claim it first.
   */
  #claim(
    invite: PeerInviteRow | undefined,
    by: { readonly server: string; readonly key: string },
    tx: Tx,
  ): void {
    const { store, clock, tell } = this.#deps;
    if (!invite || !store.peerInvites.claim(invite.id, by, clock.now())) return;
    const { server } = by;
    tx.afterCommit(() => {
      this.#tellClaim(server);
      tell({ fact: 'notice', level: 'warning', said: said('peer.started_over', { server }) });
    });
  }
}

const isLetIn = (invite: PeerInviteRow | undefined, server: string, key: string): boolean =>
  invite !== undefined &&
  invite.let_in_at !== null &&
  invite.claimed_by === server &&
  invite.claimed_key === key;

const differs = (server: string): ProtocolError =>
  refusal('CONFLICT', said('pairing.peer_known_key', { server }), { details: { reason: 'key_differs' } });

/**
 * Whether to call the address in an acceptance as if our owner had typed it. Someone else chose it, so it may be in the
 * same kind of network as our own address, and plain http if ours is, but nothing else. It is stored in any case, so
 * that the owner sees why it isn't called.
 */
function isOwnersWord(ours: string | null, endpoint: string | null): boolean {
  if (endpoint === null) return false;
  try {
    return mayGoOn({ endpoint: ours, endpoint_by_owner: 1 }, endpoint);
  } catch {
    return false;
  }
}

const serverOfUser = (userId: string): string => normalizeServerName(parseUserId(userId).server);

const refused = () => refusal('FORBIDDEN', said('pairing.peer_unusable'), { details: { reason: 'invite' } });
