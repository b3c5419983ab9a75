import { parseInviteRequest, parseMemberRequest, parsePeerOffer } from '../../../shared/protocol/bodies.ts';
import { forbidden, notFound } from '../../../shared/protocol/errors.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { normalizeServerName, parseRoomId } from '../../../shared/protocol/identifiers.ts';
import { invitePagePath } from '../../../shared/protocol/invites/invite-link.ts';
import { wireKey } from '../../../shared/protocol/key-chain.ts';
import {
  federationPrefix,
  transportForms,
  transportHeaders,
  wellKnownPath,
} from '../../../shared/protocol/transport.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { AddressNotices } from '../../addresses/address-notices.ts';
import { type OwnAddress, pageTrust } from '../../addresses/addresses.ts';
import type { DialBack } from '../../addresses/dial-back.ts';
import { tuning } from '../../config.ts';
import type { Ingest } from '../../events/ingest.ts';
import type { Pace } from '../../events/pace.ts';
import type { RoomRegistry } from '../../events/projection/room-registry.ts';
import { takeReceipts } from '../../events/take-receipts.ts';
import type { EventVerifier } from '../../events/verify.ts';
import type { Tell } from '../../facts.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Meter } from '../../kernel/meter.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { PeerInvites } from '../../pairing/peer-invites.ts';
import type { RecallAnswers } from '../../recovery/recall-answers.ts';
import type { RoomHome } from '../../rooms/home.ts';
import type { Listed } from '../../rooms/listed.ts';
import type { Tables } from '../../store/ports.ts';
import type { KeyRow, PeerRow } from '../../store/tables/peer-store.ts';
import { acceptedUntil, extensionMs } from '../../trust/keys/key-validity.ts';
import type { PeerBudgets } from '../../trust/limits/peer-budgets.ts';
import type { ReplayGuard } from '../../trust/limits/replay-guard.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { Authenticated, Authenticator, Terms } from './authenticate.ts';
import { ByteShares, underWay, whileHolding } from './byte-shares.ts';
import { invitePage } from './invite-page.ts';
import { Pushes } from './pushes.ts';
import { keysPage, readAfter } from './query.ts';
import { Reads } from './reads.ts';
import {
  answer,
  checkOrigin,
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
} from './request.ts';

export interface RouteParts {
  readonly store: Tables<'events' | 'rooms' | 'outbox' | 'receipts' | 'meta' | 'writer'>;
  readonly keyring: Keyring;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly authenticator: Authenticator;
  readonly replay: ReplayGuard;
  readonly verifier: EventVerifier;
  readonly ingest: Pick<Ingest, 'ingest'>;
  readonly pace: Pick<Pace, 'load' | 'check'>;
  readonly budgets: Pick<PeerBudgets, 'chargeBytes' | 'chargeWork'>;
  readonly home: RoomHome;
  readonly peerInvites: Pick<PeerInvites, 'checkToken' | 'take' | 'offer'>;
  readonly notices: Pick<AddressNotices, 'take'>;
  readonly dialBack: Pick<DialBack, 'answer'>;
  readonly recallAnswers: Pick<RecallAnswers, 'answer' | 'invites'>;
  readonly listed: Pick<Listed, 'answer' | 'hasUser'>;
  readonly clock: Clock;
  readonly ownAddress: () => OwnAddress;
  readonly reach: { readonly publicUrl: string | null };
  readonly receipts: { readBy(origin: string, after: number): Promise<string> };
  readonly tell: Tell;
  readonly meter: Meter;
}

/** The calls of the protocol (docs/protocol/wire.md, "Calls"), each a function from request to answer. */
export function federationRoutes(parts: RouteParts): FederationRoute[] {
  const inbound = new Inbound(parts);
  const route = (
    method: 'GET' | 'POST',
    path: string,
    handle: FederationRoute['handle'],
  ): FederationRoute => ({
    method,
    path: path.startsWith('/.') ? path : federationPrefix + path,
    handle,
  });
  return [
    route('GET', wellKnownPath, async () => inbound.wellKnown()),
    { method: 'GET', path: invitePagePath, handle: async (request) => inbound.page(request) },
    route('GET', '/keys', (request) => inbound.keys(request)),
    route('POST', '/event', (request) => inbound.event(request)),
    route('GET', '/event/:event_id', (request) => inbound.readEvent(request)),
    route('GET', '/events', (request) => inbound.readEvents(request)),
    route('POST', '/events', (request) => inbound.events(request)),
    route('POST', '/invite', (request) => inbound.invite(request)),
    route('POST', '/join', (request) => inbound.join(request)),
    route('POST', '/leave', (request) => inbound.leave(request)),
    route('POST', '/peers/accept', (request) => inbound.acceptPeer(request)),
    route('GET', '/peers/invite/:id', (request) => inbound.offer(request)),
    route('POST', '/peers/address', (request) => inbound.address(request)),
    route('POST', '/reach', (request) => inbound.reach(request)),
    route('GET', '/recall', (request) => inbound.recall(request)),
    route('GET', '/recall/invites', (request) => inbound.recallInvites(request)),
    route('GET', '/directory', (request) => inbound.directory(request)),
    route('GET', '/directory/user', (request) => inbound.directoryUser(request)),
    route('GET', '/digest', (request) => inbound.digest(request)),
    route('GET', '/queue', (request) => inbound.queue(request)),
    route('POST', '/receipts', (request) => inbound.receipts(request)),
    route('GET', '/receipts', (request) => inbound.readReceipts(request)),
  ];
}

class Inbound {
  readonly #parts: RouteParts;
  readonly #requests = new ByteShares(underWay);
  readonly #reads: Reads;
  readonly #pushes: Pushes;

  constructor(parts: RouteParts) {
    this.#parts = parts;
    this.#reads = new Reads(parts);
    this.#pushes = new Pushes(parts);
  }

  wellKnown(): FederationAnswer {
    const { keyring, reach } = this.#parts;
    const base = reach.publicUrl ?? '';
    return answer(200, {
      server_name: keyring.serverName,
      domain: keyring.domain,
      federation_endpoint: base + federationPrefix,
      enabled: true,
      version: transportForms.bare.version,
      supported_versions: [transportForms.addressed.version, transportForms.bare.version],
      extensions,
    });
  }

  /**
   * Our keys, for anyone. With `server_name`, for members of rooms homed here: the keys of another server in such a
   * room.
   */
  async keys(request: FederationRequest): Promise<FederationAnswer> {
    const { keyring, authenticator, directory, clock } = this.#parts;
    const asked = request.query.get('server_name');
    const signed = request.header(transportHeaders.origin).length > 0;
    if (asked !== null && asked !== keyring.serverName) {
      const { origin } = await this.#readBeyondDraft(request);
      return this.#keysOfThird(origin, normalizeServerName(asked), request.query.get('after'));
    }
    if (signed)
      await authenticator
        .authenticate(request)
        .then((by) => directory.change(by.origin, { keys_read_at: clock.now() }))
        // A caller that cannot prove who it is may still read public keys.
        .catch(() => {});
    // Expired keys too: events they signed while valid still have to be verified.
    const published = keyring.published();
    return answer(200, {
      server_name: keyring.serverName,
      domain: keyring.domain,
      ...keysPage(
        published.map((key) => wireKey(keyring.serverName, key, key.chain)),
        request.query.get('after'),
      ),
    });
  }

  #keysOfThird(asker: string, server: string, after: string | null): FederationAnswer {
    const { directory, store, keyring } = this.#parts;
    // Events of former members are still read, so their keys are served after they leave, too.
    const shared = store.rooms
      .roomsOf(server)
      .map((roomId) => this.#parts.registry.get(roomId))
      .some((room) => room?.row.home === keyring.serverName && room.servers.has(asker));
    const keys = directory.keysOf(server).filter((key) => key.source === 'peer');
    // An extended key is served with one day at most, so that the asker returns for the next extension.
    const dayEnd = this.#parts.clock.now() + extensionMs;
    const until = (key: KeyRow) => Math.max(key.valid_until, Math.min(acceptedUntil(key), dayEnd));
    if (!shared || keys.length === 0 || !directory.isAllowed(server))
      throw notFound(said('wire.no_keys_of', { server, asker }));
    return answer(200, {
      server_name: server,
      domain: directory.get(server)?.domain ?? server,
      ...keysPage(
        keys.map((key) => wireKey(server, { ...key, valid_until: until(key) }, null)),
        after,
      ),
    });
  }

  event(request: FederationRequest): Promise<FederationAnswer> {
    return this.#pushed(request, {}, (by) => this.#pushes.one(by));
  }

  /** Many at once (our extension). */
  events(request: FederationRequest): Promise<FederationAnswer> {
    return this.#pushed(request, { isBeyondDraft: true }, (by) => this.#pushes.many(by));
  }

  async #pushed(
    request: FederationRequest,
    terms: Terms,
    take: (by: Authenticated) => Promise<FederationAnswer>,
  ): Promise<FederationAnswer> {
    const { authenticator, store } = this.#parts;
    if (store.writer.length > tuning.ingestQueueMax)
      throw refusal('RATE_LIMITED', said('wire.busy'), { retryAfterSeconds: 1 });
    const by = await authenticator.authenticate(request, { ...terms, takesQuarantined: true });
    return whileHolding(this.#requests, by.origin, by.text.length, () => take(by));
  }

  async readEvent(request: FederationRequest): Promise<FederationAnswer> {
    const { origin } = await this.#read(request);
    return this.#reads.event(origin, request);
  }

  async readEvents(request: FederationRequest): Promise<FederationAnswer> {
    const isBeyondDraft = request.query.has('since');
    const { origin } = await this.#read(request, { isBeyondDraft });
    return this.#reads.events(origin, request);
  }

  async digest(request: FederationRequest): Promise<FederationAnswer> {
    const { origin } = await this.#readBeyondDraft(request);
    return this.#reads.digest(origin, request);
  }

  async queue(request: FederationRequest): Promise<FederationAnswer> {
    const { origin } = await this.#readBeyondDraft(request);
    return this.#reads.queue(origin, request);
  }

  async invite(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#read(request);
    const body = parseInviteRequest(by.text);
    checkOrigin(body.origin_server, by.origin);
    return answer(200, this.#parts.home.answerInvite(by.origin, body));
  }

  async join(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#read(request);
    const body = parseMemberRequest(by.text);
    checkOrigin(body.origin_server, by.origin);
    const { told, events } = await this.#parts.home.answerJoin(by.origin, body);
    return this.#reads.answerTo(by.origin, () => ({
      status: 200,
      body: `${JSON.stringify(told).slice(0, -1)},"events":[${events.join(',')}]}`,
    }));
  }

  async leave(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#read(request);
    const body = parseMemberRequest(by.text);
    checkOrigin(body.origin_server, by.origin);
    return answer(200, await this.#parts.home.answerLeave(by.origin, body));
  }

  /** The answer to an invite of ours, from a stranger (docs/protocol/pairing.md, "The acceptance"). */
  async acceptPeer(request: FederationRequest): Promise<FederationAnswer> {
    const { authenticator, replay, peerInvites, keyring } = this.#parts;
    const by = await authenticator.authenticateStranger(request, (text, claim) => {
      const offer = parsePeerOffer(text);
      checkOrigin(offer.server_name, claim.origin);
      const key = offer.keys.find((one) => one.key_id === claim.keyId);
      if (!key) throw forbidden(said('wire.key_not_offered', { key: claim.keyId }));
      peerInvites.checkToken(offer, key.public_key);
      return key.public_key;
    });
    await replay.keep(by.signature);
    await peerInvites.take(parsePeerOffer(by.text), by.publicKey);
    return answer(200, {
      accepted: true,
      server_name: keyring.serverName,
      key_id: keyring.active().keyId,
    });
  }

  /** The page for someone who opened an invite of ours in a browser. */
  page(request: FederationRequest): FederationAnswer {
    const { keyring, ownAddress } = this.#parts;
    const server = keyring.isSetUp ? keyring.serverName : '';
    if (server === '') throw notFound(said('wire.nothing_at', { path: invitePagePath }));
    return invitePage(server, pageTrust(ownAddress()), request.header('accept-language')[0]);
  }

  /** Shows an invite of ours to anyone who has its link (docs/protocol/pairing.md, "The offer"). */
  async offer(request: FederationRequest): Promise<FederationAnswer> {
    return { status: 200, body: this.#parts.peerInvites.offer(request.params.id ?? '', request.from) };
  }

  /** A peer has a new address (our extension). */
  async address(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#readBeyondDraft(request);
    await this.#parts.notices.take(this.#peer(by.origin), by.text);
    return answer(200, { accepted: true });
  }

  /** “Can you reach me?” (our extension). */
  async reach(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#readBeyondDraft(request);
    return answer(200, await this.#parts.dialBack.answer(this.#peer(by.origin)));
  }

  /** What we know about the asker, which lost data (our extension). `after`: the `next` of an earlier answer. */
  async recall(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#readBeyondDraft(request);
    const after = request.query.get('after') ?? '';
    if (after !== '') parseRoomId(after);
    return this.#reads.answerTo(by.origin, () => ({
      status: 200,
      body: this.#parts.recallAnswers.answer(by.origin, after),
    }));
  }

  /** The asker's invites to users of ours, which it may have lost (our extension). */
  async recallInvites(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#readBeyondDraft(request);
    return this.#reads.answerTo(by.origin, () => ({
      status: 200,
      body: this.#parts.recallAnswers.invites(by.origin),
    }));
  }

  /** The users and rooms of this server that peers may find (our extension). */
  async directory(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#readBeyondDraft(request);
    const listing = this.#parts.listed.answer(by.origin);
    return this.#reads.answerTo(by.origin, () => answer(200, listing));
  }

  /** Whether a user of ours exists, so that they can be invited (our extension). */
  async directoryUser(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#readBeyondDraft(request);
    const user = request.query.get('user_id') ?? '';
    return answer(200, { exists: this.#parts.listed.hasUser(by.origin, user) });
  }

  /** A room's home reports who has our events (our extension). */
  async receipts(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#readBeyondDraft(request);
    return answer(200, { taken: await takeReceipts(this.#parts, by.origin, by.text) });
  }

  /** The same for an asker that can't be called; `after` as for its queue. */
  async readReceipts(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#readBeyondDraft(request);
    const after = readAfter(request.query.get('after'));
    const body = await this.#parts.receipts.readBy(by.origin, after);
    return this.#reads.answerTo(by.origin, () => ({ status: 200, body }));
  }

  #peer(origin: string): PeerRow {
    const peer = this.#parts.directory.get(origin);
    if (!peer) throw forbidden(said('wire.no_peer', { server: origin }), { reason: 'origin_unknown' });
    return peer;
  }

  /** Authenticates a call other than an event, and remembers it on disk before anything is answered. */
  async #read(request: FederationRequest, terms: Terms = {}): Promise<Authenticated> {
    const { authenticator, replay } = this.#parts;
    const by = await authenticator.authenticate(request, terms);
    await replay.keep(by.signature);
    return by;
  }

  /** The same for a call that the draft doesn't have. A peer that makes such calls probably answers them too. */
  async #readBeyondDraft(request: FederationRequest): Promise<Authenticated> {
    const { directory, tell } = this.#parts;
    const by = await this.#read(request, { isBeyondDraft: true });
    if (directory.isOfOurKind(by.origin) !== true) tell({ fact: 'extensions-doubted', server: by.origin });
    return by;
  }
}
