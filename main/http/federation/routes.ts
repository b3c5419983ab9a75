import { parseInviteRequest, parseMemberRequest, parsePeerOffer } from '../../../shared/protocol/bodies.ts';
import { forbidden, notFound, type ProtocolError } from '../../../shared/protocol/errors.ts';
import { parseEnvelope } from '../../../shared/protocol/events/envelope.ts';
import { redactedText } from '../../../shared/protocol/events/redaction.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { normalizeServerName, parseEventId, parseRoomId } from '../../../shared/protocol/identifiers.ts';
import { wireKey } from '../../../shared/protocol/key-chain.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import {
  federationPrefix,
  protocolVersion,
  transportHeaders,
  wellKnownPath,
} from '../../../shared/protocol/transport.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { AddressNotices } from '../../addresses/address-notices.ts';
import type { DialBack } from '../../addresses/dial-back.ts';
import { tuning } from '../../config.ts';
import type { Ingest } from '../../events/ingest.ts';
import { goneIfErased } from '../../events/projection/gone.ts';
import type { RoomRegistry } from '../../events/projection/room-registry.ts';
import { takeReceipts } from '../../events/take-receipts.ts';
import type { EventVerifier } from '../../events/verify.ts';
import type { Tell } from '../../facts.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { PeerInvites } from '../../pairing/peer-invites.ts';
import type { RecallAnswers } from '../../recovery/recall-answers.ts';
import type { RoomHome } from '../../rooms/home.ts';
import { isErased, readErased } from '../../store/erased-body.ts';
import type { Tables } from '../../store/ports.ts';
import { type EventRow, endsReading, isFullPage } from '../../store/tables/event-store.ts';
import type { KeyRow, PeerRow } from '../../store/tables/peer-store.ts';
import { acceptedUntil, extensionMs } from '../../trust/keys/key-validity.ts';
import type { ReplayGuard } from '../../trust/limits/replay-guard.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { Authenticated, Authenticator } from './authenticate.ts';
import { keysPage } from './key-pages.ts';
import {
  answer,
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
  readAfter,
  readDepth,
  readLimit,
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
  readonly home: RoomHome;
  readonly peerInvites: Pick<PeerInvites, 'checkToken' | 'take'>;
  readonly notices: Pick<AddressNotices, 'take'>;
  readonly dialBack: Pick<DialBack, 'answer'>;
  readonly recallAnswers: Pick<RecallAnswers, 'answer'>;
  readonly clock: Clock;
  readonly reach: { readonly publicUrl: string | null };
  readonly receipts: { readBy(origin: string, after: number): Promise<string> };
  readonly tell: Tell;
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
    route('GET', '/keys', (request) => inbound.keys(request)),
    route('POST', '/event', (request) => inbound.event(request)),
    route('GET', '/event/:event_id', (request) => inbound.readEvent(request)),
    route('GET', '/events', (request) => inbound.readEvents(request)),
    route('POST', '/invite', (request) => inbound.invite(request)),
    route('POST', '/join', (request) => inbound.join(request)),
    route('POST', '/leave', (request) => inbound.leave(request)),
    route('POST', '/peers/accept', (request) => inbound.acceptPeer(request)),
    route('POST', '/peers/address', (request) => inbound.address(request)),
    route('POST', '/reach', (request) => inbound.reach(request)),
    route('GET', '/recall', (request) => inbound.recall(request)),
    route('GET', '/queue', (request) => inbound.queue(request)),
    route('POST', '/receipts', (request) => inbound.receipts(request)),
    route('GET', '/receipts', (request) => inbound.readReceipts(request)),
  ];
}

class Inbound {
  readonly #parts: RouteParts;

  constructor(parts: RouteParts) {
    this.#parts = parts;
  }

  wellKnown(): FederationAnswer {
    const { keyring, reach } = this.#parts;
    const base = reach.publicUrl ?? '';
    return answer(200, {
      server_name: keyring.serverName,
      domain: keyring.domain,
      federation_endpoint: base + federationPrefix,
      enabled: true,
      version: protocolVersion,
      extensions,
    });
  }

  /** Our keys, to anyone. With `server_name`, to members of rooms homed here: keys of another server in such a room. */
  async keys(request: FederationRequest): Promise<FederationAnswer> {
    const { keyring, authenticator, directory, clock } = this.#parts;
    const asked = request.query.get('server_name');
    const signed = request.header(transportHeaders.origin).length > 0;
    if (asked !== null && asked !== keyring.serverName) {
      const { origin } = await this.#read(request);
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
    // Events of former members are still read, so their keys are served after they left, too.
    const shared = store.rooms
      .roomsOf(server)
      .map((roomId) => this.#parts.registry.get(roomId))
      .some((room) => room?.row.home === keyring.serverName && room.servers.has(asker));
    const keys = directory.keysOf(server).filter((key) => key.source === 'peer');
    // An extended key is served with a day at most, so that the asker comes back for the next extension.
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

  async event(request: FederationRequest): Promise<FederationAnswer> {
    const { authenticator, ingest, verifier, store } = this.#parts;
    if (store.writer.length > tuning.ingestQueueMax)
      throw refusal('RATE_LIMITED', said('wire.busy'), { retryAfterSeconds: 1 });
    const by = await authenticator.authenticate(request, true);
    const envelope = parseEnvelope(by.text);
    const event = await verifier.verify(envelope, by.origin);
    const outcome = await ingest.ingest(event, {
      // Nobody but the origin can say where its event went; another hop could keep it from members.
      sentTo: envelope.origin_server === by.origin ? sentTo(request) : [],
      replaySignature: by.signature,
    });
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind === 'held')
      throw forbidden(said('wire.held', { server: by.quarantined ? by.origin : envelope.origin_server }), {
        reason: 'origin_quarantined',
        scope: 'event',
        held: true,
      });
    if (envelope.origin_server === by.origin) this.#parts.directory.notePushed(by.origin);
    return answer(202, { event_id: envelope.event_id, inserted: outcome.kind === 'inserted' });
  }

  async readEvent(request: FederationRequest): Promise<FederationAnswer> {
    const { store, registry } = this.#parts;
    const { origin } = await this.#read(request);
    const id = request.params.event_id ?? '';
    parseEventId(id);
    const row = store.events.byId(id);
    const room = row && registry.get(row.room_id);
    if (!row || !room) throw notFound(said('wire.no_event', { event: id }));
    if (!registry.mayRead(room, origin, row.depth)) throw notRead(origin, row.room_id);
    const erased = goneIfErased(row);
    if (erased) throw erased;
    return { status: 200, body: row.body };
  }

  /** By depth; with `since`, by arrival order and with `next` to continue from (docs/protocol/wire.md, "GET events"). */
  async readEvents(request: FederationRequest): Promise<FederationAnswer> {
    const { registry } = this.#parts;
    const { origin } = await this.#read(request);
    const roomId = request.query.get('room_id') ?? '';
    parseRoomId(roomId);
    const limit = readLimit(request.query.get('limit'));
    const sinceDepth = readDepth(request.query.get('since_depth'));
    const room = registry.get(roomId);
    if (!room) throw notFound(said('wire.no_room', { room: roomId }));
    if (!registry.mayRead(room, origin, null)) throw notRead(origin, roomId);
    const mayRead = (row: EventRow) => registry.mayRead(room, origin, row.depth);
    const since = request.query.get('since');
    if (since === null) {
      const now = this.#parts.clock.now();
      const rows = this.#parts.store.events.afterDepth(roomId, sinceDepth, limit);
      return eventsAnswer(rows.filter((row) => mayRead(row) && !endsReading(row, now)));
    }
    const rows = this.#parts.store.events.afterSeq(roomId, this.#seqOf(since), limit);
    // The token stays before the first event that is withheld: a server that is let in again reads on from there.
    const withheld = rows.findIndex((row) => !mayRead(row));
    const passed = withheld < 0 ? rows : rows.slice(0, withheld);
    const next = this.#token(passed.at(-1)?.seq ?? this.#seqOf(since));
    return eventsAnswer(rows.filter(mayRead), next, withheld < 0 && isFullPage(rows, limit));
  }

  /** A token of another database (a restored backup, a new start) means reading from the beginning. */
  #seqOf(token: string): number {
    const [epoch, seq] = token.split('.');
    return epoch === this.#epoch() && seq !== undefined && /^[0-9]{1,15}$/.test(seq) ? Number(seq) : 0;
  }

  #token(seq: number): string {
    return `${this.#epoch()}.${seq}`;
  }

  #epoch(): string {
    return this.#parts.store.meta.get('epoch') ?? '';
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
    return { status: 200, body: `${JSON.stringify(told).slice(0, -1)},"events":[${events.join(',')}]}` };
  }

  async leave(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#read(request);
    const body = parseMemberRequest(by.text);
    checkOrigin(body.origin_server, by.origin);
    return answer(200, await this.#parts.home.answerLeave(by.origin, body));
  }

  /** The answer to an invite of ours, from a stranger (docs/protocol/pairing.md, "The acceptance"). */
  async acceptPeer(request: FederationRequest): Promise<FederationAnswer> {
    const { authenticator, store, replay, peerInvites, keyring } = this.#parts;
    const by = await authenticator.authenticateStranger(request, (text, claim) => {
      const offer = parsePeerOffer(text);
      checkOrigin(offer.server_name, claim.origin);
      const key = offer.keys.find((one) => one.key_id === claim.keyId);
      if (!key) throw forbidden(said('wire.key_not_offered', { key: claim.keyId }));
      peerInvites.checkToken(offer, key.public_key);
      return key.public_key;
    });
    await store.writer.write(() => replay.persist(by.signature));
    await peerInvites.take(parsePeerOffer(by.text), by.publicKey);
    return answer(200, {
      accepted: true,
      server_name: keyring.serverName,
      key_id: keyring.active().keyId,
    });
  }

  /** A peer moved (ours, beside the draft). */
  async address(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#read(request);
    this.#calledBeyondDraft(by.origin);
    await this.#parts.notices.take(this.#peer(by.origin), by.text);
    return answer(200, { accepted: true });
  }

  /** “Can you reach me?” (ours, beside the draft). */
  async reach(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#read(request);
    this.#calledBeyondDraft(by.origin);
    return answer(200, await this.#parts.dialBack.answer(this.#peer(by.origin)));
  }

  /** What we know of the asker, which lost data (ours, beside the draft). `after`: the `next` of an earlier answer. */
  async recall(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#read(request);
    this.#calledBeyondDraft(by.origin);
    const after = request.query.get('after') ?? '';
    if (after !== '') parseRoomId(after);
    return { status: 200, body: this.#parts.recallAnswers.answer(by.origin, after) };
  }

  /**
   * What waits here for the asker (ours, beside the draft): for one that cannot be called. `after` is the `next` of
   * an earlier answer, and says that everything up to there has arrived.
   */
  async queue(request: FederationRequest): Promise<FederationAnswer> {
    const { store, clock, tell } = this.#parts;
    const by = await this.#read(request);
    this.#calledBeyondDraft(by.origin);
    const after = readAfter(request.query.get('after'));
    if (after > 0) {
      await store.writer.write((tx) => {
        if (store.outbox.fetched(by.origin, after, clock.now()) > 0)
          tx.afterCommit(() => tell({ fact: 'queue-changed', destination: by.origin }));
      });
    }
    const rows = store.outbox.waiting(by.origin, after, limits.eventsPageDefault);
    const next = rows.at(-1)?.id ?? after;
    return {
      status: 200,
      body: `{"events":[${rows.map((row) => row.body).join(',')}],"next":${next},"more":${rows.length === limits.eventsPageDefault}}`,
    };
  }

  /** A room's home reports who has our events (our extension). */
  async receipts(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#read(request);
    return answer(200, { taken: await takeReceipts(this.#parts, by.origin, by.text) });
  }

  /** The same for an asker that nobody can call; `after` as for its queue. */
  async readReceipts(request: FederationRequest): Promise<FederationAnswer> {
    const by = await this.#read(request);
    const after = readAfter(request.query.get('after'));
    return { status: 200, body: await this.#parts.receipts.readBy(by.origin, after) };
  }

  /** A peer that makes such calls is likely to answer them. */
  #calledBeyondDraft(server: string): void {
    const { directory, tell } = this.#parts;
    if (directory.isOfOurKind(server) !== true) tell({ fact: 'extensions-doubted', server });
  }

  #peer(origin: string): PeerRow {
    const peer = this.#parts.directory.get(origin);
    if (!peer) throw forbidden(said('wire.no_peer', { server: origin }), { reason: 'origin_unknown' });
    return peer;
  }

  /** Authenticates a call other than an event, and remembers it on disk before anything is answered. */
  async #read(request: FederationRequest): Promise<Authenticated> {
    const { authenticator, store, replay } = this.#parts;
    const by = await authenticator.authenticate(request);
    await store.writer.write(() => replay.persist(by.signature));
    return by;
  }
}

const notRead = (origin: string, roomId: string): ProtocolError =>
  forbidden(said('wire.no_member', { server: origin, room: roomId }), { reason: 'room_closed' });

function checkOrigin(inBody: string, inHeader: string): void {
  if (inBody !== inHeader) throw forbidden(said('wire.other_origin', { named: inBody, signer: inHeader }));
}

/** A hint only: it can make the origin's own events arrive later, nothing else. */
function sentTo(request: FederationRequest): string[] {
  const header = request.header(transportHeaders.sentTo)[0] ?? '';
  return header === '' ? [] : header.split(' ').slice(0, 1000);
}

/** With `next` also what is left of erased events: who reads on has something to continue from on every page. */
function eventsAnswer(rows: readonly EventRow[], next?: string, more?: boolean): FederationAnswer {
  const whole = `[${rows.flatMap((row) => (isErased(row) ? [] : [row.body])).join(',')}]`;
  if (next === undefined) return { status: 200, body: `{"events":${whole}}` };
  const erased = rows.filter(isErased);
  const left = erased.map((row) => readErased(row).left).map((each) => redactedText(each, each.erased));
  const tail = `"erased":[${left.join(',')}],"next":${JSON.stringify(next)},"more":${more === true}`;
  return { status: 200, body: `{"events":${whole},${tail}}` };
}
