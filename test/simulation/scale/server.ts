import { hash } from 'node:crypto';
import { FederationClient } from '../../../main/client/federation-client.ts';
import type { Http, HttpRequest } from '../../../main/client/http.ts';
import { destinationsOf, servedByHome } from '../../../main/events/fan-out.ts';
import { blocksOf } from '../../../main/events/room-digest.ts';
import { Facts } from '../../../main/facts.ts';
import { noMeter } from '../../../main/kernel/meter.ts';
import type { Clock } from '../../../main/kernel/ports.ts';
import { CatchUp } from '../../../main/outbound/catch-up/catch-up.ts';
import { Delivery } from '../../../main/outbound/delivery/delivery.ts';
import { createSender } from '../../../main/outbound/delivery/sender.ts';
import { ReceiptTeller } from '../../../main/outbound/receipts/receipt-teller.ts';
import { Traffic } from '../../../main/outbound/traffic.ts';
import { type Reacting, reactionsOf } from '../../../main/reactions.ts';
import type { SyncCursor } from '../../../main/store/tables/delivery/sync-store.ts';
import { newPeer } from '../../../main/store/tables/peer-store.ts';
import { Contacts } from '../../../main/trust/contact/contacts.ts';
import { Rediscovery } from '../../../main/trust/discovery/rediscovery.ts';
import { RateLimiter } from '../../../main/trust/limits/rate-limiter.ts';
import { PeerDirectory } from '../../../main/trust/peer-directory.ts';
import { isObject, type JsonValue } from '../../../shared/protocol/coding/json.ts';
import { digestLimits } from '../../../shared/protocol/events/digest.ts';
import { readBatch, writeBatchResults } from '../../../shared/protocol/events/event-batch.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { federationPrefix, transportForms, transportHeaders } from '../../../shared/protocol/transport.ts';
import { refusalBody } from '../../support/refusal.ts';
import type { Dice } from '../../support/sim/dice.ts';
import { type Counts, noCounts } from './counts.ts';
import { Outbox, Owed, writer } from './tables.ts';

export interface ScaleRoom {
  readonly id: string;
  readonly home: string;
  readonly servers: ReadonlySet<string>;
}

export interface ScaleEvent {
  readonly id: string;
  readonly roomId: string;
  readonly origin: string;
  readonly depth: number;
  /** As it is signed and sent. */
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Stands in for parts that have no influence on other servers. */
const nothing = new Proxy({}, { get: () => () => undefined }) as never;
const settings = { get: () => ({ paused: false, outbox_max_age_days: 30 }) };
/** As long as a real one. Nobody looks at it: signing is counted, not done. */
const signature = 'f'.repeat(128);
const idOf = (event: JsonValue | undefined): string => (isObject(event) ? String(event.get('event_id')) : '');

/**
 * One of many servers. What it sends, and when, is decided by the program's own parts: delivery, catch-up, comparing,
 * receipts, contacts, rediscovery, the peer directory, fan-out and the table of reactions. Only what they stand on is
 * replaced: tables in memory, signatures that are counted, and rooms whose members don't change.
 */
export class ScaleServer {
  readonly name: string;
  readonly counts: Counts = noCounts();
  readonly rooms = new Map<string, ScaleRoom>();
  isUp = true;
  readonly #clock: Clock;
  readonly #eventOf: (id: string) => ScaleEvent | undefined;
  readonly #facts = new Facts();
  readonly #directory: PeerDirectory;
  readonly #outbox: Outbox;
  readonly #contacts: Contacts;
  readonly #traffic: Traffic;
  /** Arrival order, in each room. */
  readonly #logs = new Map<string, { readonly seq: number; readonly event: ScaleEvent }[]>();
  readonly #seqs = new Map<string, number>();
  readonly #ids: string[] = [''];

  constructor(deps: {
    readonly name: string;
    readonly clock: Clock;
    readonly random: Dice;
    readonly http: Http;
    readonly eventOf: (id: string) => ScaleEvent | undefined;
  }) {
    const { name, clock, random, http } = deps;
    const { counts } = this;
    const { tell } = this.#facts;
    this.name = name;
    this.#clock = clock;
    this.#eventOf = deps.eventOf;
    const sign = () => {
      counts.signed++;
      return signature;
    };
    const key = { keyId: 'ed25519:a1b2c3', serverName: name, signer: { sign } };
    const keyring = {
      isSetUp: true,
      serverName: name,
      domain: name,
      active: () => key,
      key: () => null,
    } as never;
    const cursors = new Map<string, SyncCursor>();
    const onRollback = () => {};
    this.#outbox = new Outbox(name, counts, clock, tell);
    const receipts = new Owed({
      outbox: this.#outbox,
      counts,
      tell,
      self: name,
      eventIdOf: (seq) => this.#ids[seq] ?? '',
    });
    const store = {
      writer,
      onRollback,
      receipts,
      peers: {
        peers: () => [],
        told: () => [],
        keysOf: () => [],
        domainOf: (server: string) => server,
        put: () => counts.rows++,
      },
      rooms: {
        sharedWith: (server: string) =>
          [...this.rooms.values()].flatMap(({ id, servers }) => (servers.has(server) ? [id] : [])),
        pendingJoins: () => [],
      },
      sync: {
        get: (server: string, roomId: string): SyncCursor =>
          cursors.get(`${server} ${roomId}`) ?? { token: null, depth: 0, sweptAt: 0 },
        put: (server: string, roomId: string, cursor: SyncCursor) => {
          counts.rows++;
          cursors.set(`${server} ${roomId}`, cursor);
        },
      },
      events: { placed: this.#placed.bind(this) },
    } as never;
    const directory = new PeerDirectory(store, keyring, clock, tell);
    const client = new FederationClient(http, keyring, clock, tell);
    const log = nothing;
    const ports = { clock, random, defer: queueMicrotask };
    const send = createSender({
      client,
      directory,
      keyring,
      clock,
      meter: noMeter,
      clockOffsets: nothing,
      leaves: { beforeSending: async () => null, joinAgain: async () => null },
    });
    const delivery = new Delivery({ ports, store: this.#outbox, send, tell });
    const contacts = new Contacts({
      directory,
      client,
      clock,
      log,
      delivery,
      tell,
      formProbe: { tryNewKey: async () => {} },
      settings: settings as never,
    });
    const teller = new ReceiptTeller({ store, directory, client, keyring, ports, log, delivery });
    const rediscovery = new Rediscovery({ directory, client, clock, random, log, tell });
    const registry = { get: (roomId: string) => this.#roomOf(roomId) };
    const intake = {
      takeIn: async (peer: { server_name: string }, events: readonly JsonValue[]) =>
        this.#takeIn(peer.server_name, events),
      takeErased: async () => 0,
    };
    const catchUp = new CatchUp({
      store,
      directory,
      keyring,
      client,
      contacts,
      clock,
      random,
      tell,
      log,
      registry: registry as never,
      intake: intake as never,
      rooms: nothing,
      work: nothing,
      shares: nothing,
      readBudget: new RateLimiter(clock),
    });
    this.#directory = directory;
    this.#contacts = contacts;
    this.#traffic = new Traffic({ delivery, receipts: teller, heldQuestions: nothing, catchUp, rediscovery });
    this.#facts.react(
      reactionsOf({
        log,
        settings,
        keyring,
        directory,
        contacts,
        rediscovery,
        delivery,
        catchUp,
        receipts: teller,
        changes: nothing,
        activity: nothing,
        measures: nothing,
        clockOffsets: nothing,
        keyExtensions: nothing,
        addressAnnouncer: nothing,
        acceptances: nothing,
        receiptReading: nothing,
        heldQuestions: nothing,
        doctor: nothing,
        listeners: nothing,
        certificates: nothing,
        reach: nothing,
        leapRepair: nothing,
        recovery: nothing,
        lostChannels: nothing,
        memberships: nothing,
        readState: nothing,
        endorsements: nothing,
        formProbe: nothing,
        files: nothing,
        keptName: nothing,
        upkeep: nothing,
        profiles: nothing,
        pictures: nothing,
        directChats: nothing,
        indexing: nothing,
        scrub: nothing,
        conflictLog: nothing,
        pushes: nothing,
        // Nobody here is a child.
        store: { consents: { takeNews: () => [] } },
      } as unknown as Reacting),
    );
  }

  /** `hasPushed`: it has sent an event of its own, such as the home that announced that we joined. */
  async befriend(server: string, hasPushed: boolean): Promise<void> {
    const now = this.#clock.now();
    await this.#directory.put({
      ...newPeer(server, server),
      mode: 'allow',
      endpoint: `https://${server}${federationPrefix}`,
      endpoint_by_owner: 1,
      extensions: extensions.join(' '),
      discovered_at: now,
      last_seen_at: now,
      pushed_at: hasPushed ? now : null,
    });
  }

  async start(): Promise<void> {
    await this.#traffic.start(false);
    this.#contacts.start();
  }

  #roomOf(roomId: string) {
    const room = this.rooms.get(roomId);
    return room && { row: { home: room.home, name: roomId }, servers: room.servers };
  }

  /** A user of this server writes. */
  write(event: ScaleEvent): void {
    this.counts.signed++;
    // Its own events come in the same way as those of others.
    this.counts.verified++;
    this.#store(event, null, []);
  }

  #store(event: ScaleEvent, hop: string | null, sentTo: readonly string[]): boolean {
    const room = this.rooms.get(event.roomId);
    if (!room || this.#seqs.has(event.id)) return false;
    const { counts } = this;
    const now = this.#clock.now();
    const seq = this.#ids.push(event.id) - 1;
    this.#seqs.set(event.id, seq);
    const log = this.#logs.get(room.id) ?? [];
    this.#logs.set(room.id, log);
    log.push({ seq, event });
    // The event, the message that it shows, and what the search writes for it.
    counts.rows += 7;
    const { home, servers } = room;
    const fan = {
      self: this.name,
      home,
      servers,
      origin: event.origin,
      hop,
      sentTo,
      subjectServer: null,
      isAllowed: (server: string) => this.#directory.isAllowed(server),
    };
    const destinations = destinationsOf(fan);
    counts.rows += servedByHome(fan, destinations).length;
    const queued = destinations.map((destination) => {
      const alsoSentTo = destination === home ? destinations.filter((each) => each !== destination) : [];
      this.#outbox.add({
        destination,
        eventSeq: seq,
        eventId: event.id,
        roomId: room.id,
        eventType: 'm.message',
        origin: event.origin,
        body: event.body,
        enqueuedAt: now,
        alsoSentTo,
      });
      return { destination, origin: event.origin, seq, at: now };
    });
    const { tell } = this.#facts;
    if (queued.length > 0) tell({ fact: 'events-queued', rows: queued });
    const stored = { roomId: room.id, eventId: event.id, origin: event.origin, by: hop };
    tell({ fact: 'event-stored', ...stored, meaning: 'message', member: null, destinations, withdrawn: [] });
    return true;
  }

  #placed(roomId: string, since: number, to: number, { eventsMax }: typeof digestLimits) {
    const placed = (this.#logs.get(roomId) ?? [])
      .map(({ event }) => ({ hash: hash('sha256', event.body, 'buffer'), depth: event.depth }))
      .filter(({ depth }) => depth > since && depth <= to);
    const rows = placed.sort((a, b) => a.depth - b.depth).slice(0, eventsMax);
    return { rows, isAll: rows.length < eventsMax };
  }

  #takeIn(server: string, events: readonly JsonValue[]) {
    const fresh = events.map(idOf).filter((id) => !this.#seqs.has(id));
    this.counts.verified += fresh.length;
    const found = fresh.flatMap((id) => this.#eventOf(id) ?? []);
    const inserted = found.filter((event) => this.#store(event, server, []));
    return {
      inserted: inserted.length,
      own: inserted.filter(({ origin }) => origin === server).length,
      known: events.length - fresh.length,
      transient: false,
      delayed: false,
      closed: false,
      unverified: [],
    };
  }

  /** Answers a request as the routes do, as far as the sender notices. */
  receive(request: HttpRequest): Answer {
    const url = new URL(request.url);
    const path = url.pathname.startsWith(federationPrefix)
      ? url.pathname.slice(federationPrefix.length)
      : url.pathname;
    const from = request.headers[transportHeaders.origin];
    if (from === undefined) return this.#wellKnown();
    this.counts.verified++;
    // Its signature, kept against replay for two minutes.
    this.counts.rows += 2;
    this.#contacts.calledBy(from);
    const { searchParams: query } = url;
    switch (`${request.method} ${path}`) {
      case 'POST /event':
        return this.#pushed(from, [{ id: eventIdIn(request.body), sentTo: [] }]);
      case 'POST /events':
        return this.#pushedMany(from, request.body ?? '');
      case 'POST /receipts':
        return this.#told(request.body ?? '');
      case 'GET /events':
        return this.#eventsFor(query);
      case 'GET /queue':
        return this.#queueFor(from, Number(query.get('after')), Number(query.get('limit')));
      case 'GET /digest':
        return this.#digestFor(query);
      default:
        return { status: 404, body: '{"code":"NOT_FOUND","message":"There is no such event here."}' };
    }
  }

  #wellKnown(): Answer {
    const info = {
      server_name: this.name,
      domain: this.name,
      enabled: true,
      version: transportForms.bare.version,
    };
    const federation_endpoint = `https://${this.name}${federationPrefix}`;
    return { status: 200, body: JSON.stringify({ ...info, federation_endpoint, extensions }) };
  }

  #pushed(
    from: string,
    entries: readonly { readonly id: string; readonly sentTo: readonly string[] }[],
  ): Answer {
    const results = entries.map(({ id, sentTo }) => {
      const event = this.#eventOf(id);
      if (!event) return { status: 400, retryAfterSeconds: null, body: refusalBody() };
      this.counts.verified++;
      const inserted = this.#store(event, from, event.origin === from ? sentTo : []);
      if (event.origin === from) this.#directory.notePushed(from);
      const body = JSON.stringify({ event_id: id, inserted });
      return { status: 202, retryAfterSeconds: null, body };
    });
    const [only] = results;
    if (entries.length === 1 && only) return only;
    return { status: 200, body: writeBatchResults(results) };
  }

  #pushedMany(from: string, body: string): Answer {
    const entries = readBatch(body).map(({ event, sentTo }) => ({ id: idOf(event), sentTo }));
    const answer = this.#pushed(from, entries);
    return entries.length > 1
      ? answer
      : { status: 200, body: writeBatchResults([{ ...answer, retryAfterSeconds: null }]) };
  }

  #told(body: string): Answer {
    const taken = (JSON.parse(body) as { receipts: unknown[] }).receipts.length;
    this.counts.rows += taken;
    return { status: 200, body: `{"taken":${taken}}` };
  }

  #eventsFor(query: URLSearchParams): Answer {
    const roomId = query.get('room_id') ?? '';
    const limit = Number(query.get('limit'));
    const log = this.#logs.get(roomId) ?? [];
    const since = query.get('since');
    if (since === null) {
      const [from, to] = [Number(query.get('since_depth')), Number(query.get('until_depth') ?? Infinity)];
      const rows = log.filter(({ event }) => event.depth > from && event.depth <= to).slice(0, limit);
      return { status: 200, body: `{"events":[${rows.map(({ event }) => event.body).join(',')}]}` };
    }
    const after = Number(since.split('.')[1] ?? 0);
    const begin = log.findLastIndex(({ seq }) => seq <= after) + 1;
    const rows = log.slice(begin, begin + limit);
    const next = `${'e'.repeat(16)}.${rows.at(-1)?.seq ?? after}`;
    const events = rows.map(({ event }) => event.body).join(',');
    const more = rows.length >= limit;
    return { status: 200, body: `{"events":[${events}],"erased":[],"next":"${next}","more":${more}}` };
  }

  #queueFor(from: string, after: number, limit: number): Answer {
    const rows = this.#outbox.waiting(from, after, limit);
    const events = rows.map(({ body }) => body).join(',');
    return {
      status: 200,
      body: `{"events":[${events}],"next":${rows.at(-1)?.id ?? after},"more":${rows.length >= limit}}`,
    };
  }

  #digestFor(query: URLSearchParams): Answer {
    const [since, until] = [Number(query.get('since_depth')), Number(query.get('until_depth'))];
    const { rows, isAll } = this.#placed(query.get('room_id') ?? '', since, until, digestLimits);
    const blocks = blocksOf(rows, isAll ? until : (rows.at(-1)?.depth ?? until), isAll);
    return { status: 200, body: JSON.stringify({ blocks }) };
  }
}

const eventIdIn = (body: string | null): string =>
  (JSON.parse(body ?? '{}') as { event_id?: string }).event_id ?? '';
