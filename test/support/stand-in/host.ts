import { randomBytes } from 'node:crypto';
import { type Clock, systemPorts } from '../../../main/kernel/ports.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { Refused } from './answer.ts';
import { StandInApi } from './api.ts';
import { type Era, type EraName, eras } from './era.ts';
import { type Content, type StandInEvent, StandInEvents } from './events.ts';
import { type KeyList, type Peer, type PeerRequest, Peers } from './peers.ts';
import { type Room, roomOf, type Shown, serverOf } from './rooms.ts';
import { CatchUp } from './sending/catch-up.ts';
import { Caller, Outbox, overSockets, type Send } from './sending/outbox.ts';
import { apply } from './taking/effects.ts';
import { authorOf, namesOf, refusalOf } from './taking/rules.ts';
import { Transport } from './taking/transport.ts';
import { jsonOf } from './wire/codec.ts';
import { envelopeOf, type StandInEnvelope, wireText } from './wire/envelope.ts';
import { hostIn, type Pen, penFrom } from './wire/signing.ts';

export interface StandInOptions {
  readonly era?: EraName;
  readonly name?: string;
  /** Its other name, the one in its ids. */
  readonly domain?: string;
  /** Its own public address, if its admin has set one. */
  readonly publicUrl?: string;
  readonly allowsDiscovery?: boolean;
  /** Whether `PARACORD_FEDERATION_ALLOWED_GUILD_IDS` is `*` instead of its guild. The recorded server named its guild. */
  readonly takesMirrors?: boolean;
  /** Its answer to unknown paths: its page, as with most builds, or 404. */
  readonly unknownPaths?: 'page' | 'not found';
  /** How many events per minute it accepts from a peer; no limit by default. */
  readonly eventsPerMinute?: number;
  readonly clock?: Clock;
  readonly send?: Send;
}

/** Another server, as a test names it. */
export interface Node {
  readonly name: string;
  readonly url: string;
}

const day = 86_400_000;
const tickMs = 5_000;

/** Acts toward other servers like one era of the existing server. Sockets and users are in server.ts. */
export class StandInHost {
  readonly era: Era;
  readonly name: string;
  readonly domain: string;
  readonly allowsDiscovery: boolean;
  readonly takesMirrors: boolean;
  readonly keyId = 'ed25519:auto';
  readonly guild: string;
  readonly channel: string;
  readonly fileSecret = randomBytes(32).toString('hex');
  readonly madeAt: number;
  readonly rooms = new Map<string, Room>();
  /** The messages in a room, as its users see them; in the first era, those of others in the mirror of that room. */
  readonly shown = new Map<string, Shown[]>();
  readonly events: StandInEvents;
  readonly peers: Peers;
  readonly transport: Transport;
  readonly caller: Caller;
  readonly outbox: Outbox;
  readonly api: StandInApi;
  signer: Pen = penFrom(randomBytes(32));
  guildName = 'Guild';
  channelName = 'general';
  url = '';
  readonly #clock: Clock;
  readonly #send: Send;
  readonly reader: CatchUp;
  #lastId: bigint;
  #keyValidUntil: number | null = null;
  #stopWork = (): void => {};
  /** Its numbers for remote users, by user id. */
  readonly #remoteUsers = new Map<string, string>();

  constructor(options: StandInOptions = {}) {
    const { name = 'paracord.test', clock = systemPorts.clock, send = overSockets, publicUrl } = options;
    this.era = eras[options.era ?? '0.8'];
    this.name = name;
    this.domain = options.domain ?? name;
    this.allowsDiscovery = options.allowsDiscovery ?? true;
    this.takesMirrors = options.takesMirrors ?? this.era.isActive;
    this.#clock = clock;
    this.#send = send;
    this.madeAt = clock.now();
    this.#lastId = BigInt(this.madeAt) << 22n;
    this.guild = this.nextId();
    this.channel = this.nextId();
    const ownHost = this.era.takesOwnHost && publicUrl !== undefined ? [hostIn(publicUrl)] : [];
    this.peers = new Peers(this.era, this.now);
    this.transport = new Transport({
      era: this.era,
      peers: this.peers,
      now: this.now,
      ownNames: [name, this.domain, ...ownHost],
    });
    this.caller = new Caller(this, clock, send);
    this.outbox = new Outbox(this.caller, clock);
    this.reader = new CatchUp(this.caller, this.era);
    this.events = new StandInEvents(this);
    this.api = new StandInApi(this, options);
    const channels = new Map([[this.channel, { name: this.channelName, isPublic: true }]]);
    const room = roomOf(this.room, { exists: true, channels });
    if (room) this.rooms.set(room.id, room);
  }

  readonly now = (): number => this.#clock.now();

  get room(): string {
    return `!${this.guild}:${this.domain}`;
  }

  /** Its own guild. */
  get home(): Room {
    return this.rooms.get(this.room) as Room;
  }

  user(localpart: string): string {
    return `@${localpart}:${this.domain}`;
  }

  nextId(): string {
    this.#lastId += 1n;
    return String(this.#lastId);
  }

  /** Does its own work every five seconds. */
  work(): void {
    if (!this.era.isActive) return;
    this.#stopWork = this.#clock.after(tickMs, () => {
      void this.outbox.send();
      void this.catchUp();
      this.work();
    });
  }

  rest(): void {
    this.#stopWork();
  }

  /** Its key, valid for a day from when it is first published, and never renewed. */
  keys(): KeyList {
    this.#keyValidUntil ??= this.now() + day;
    const key = {
      key_id: this.keyId,
      public_key: this.signer.publicKey,
      server_name: this.name,
      valid_until: this.#keyValidUntil,
    };
    return { keys: [key], server_name: this.name };
  }

  /** Its admin adds a peer. It reads the peer's keys. */
  async addPeer(node: Node, domain = node.name): Promise<void> {
    const federation_endpoint = node.url + federationPrefix;
    await this.register({
      server_name: node.name,
      domain,
      federation_endpoint,
      trusted: true,
      discover: true,
    });
  }

  /** Handles its admin's request. Throws the refusal. */
  register(request: PeerRequest): Promise<Peer> {
    return this.peers.add(request, async () => {
      const url = `${request.federation_endpoint}/keys`;
      const answer = await this.#send({ method: 'GET', url, headers: {}, body: '' });
      return JSON.parse(answer.body) as KeyList;
    });
  }

  /** Its number for a remote user, assigned at first sight. */
  remoteUser(userId: string): string {
    const known = this.#remoteUsers.get(userId);
    if (known) return known;
    const id = this.nextId();
    this.#remoteUsers.set(userId, id);
    return id;
  }

  remoteUserWith(userNumber: string): string {
    const [userId = ''] = [...this.#remoteUsers].find(([, id]) => id === userNumber) ?? [];
    return userId;
  }

  /** A room by either spelling of this server. */
  roomAt(id: string): Room | undefined {
    return this.rooms.get(id) ?? this.rooms.get(id.replace(`:${this.name}`, `:${this.domain}`));
  }

  /** Says in its own name that a user of another server came or went. */
  endorse(kind: 'join' | 'leave', room: Room, membership_user_id: string): void {
    const content = { guild_id: room.guild, membership_user_id };
    const type = `m.member.${kind}`;
    this.spread(
      this.events.other({ type, room: room.id, sender: this.user('server'), stableId: null, content }),
    );
  }

  /** After POST join. */
  noteJoin(room: Room, user: string): void {
    room.members.add(user);
    if (this.era.endorses) this.endorse('join', room, user);
  }

  /** After POST leave. */
  noteLeave(room: Room, user: string): void {
    room.members.delete(user);
    if (this.era.endorses) this.endorse('leave', room, user);
  }

  /** Stores an event of a peer. False if it has the event already. Throws the refusal. */
  take(envelope: StandInEnvelope, via: Peer | null): boolean {
    const author = authorOf(this, envelope);
    const event = JSON.parse(wireText(envelope)) as StandInEvent;
    const isOwnRoom = [this.name, this.domain].includes(/:(.*)/.exec(event.room_id)?.[1] ?? '');
    const room = this.roomAt(event.room_id) ?? (isOwnRoom ? null : roomOf(event.room_id));
    const arrival = { event, envelope, author, room };
    const refusal = refusalOf(arrival, this);
    if (refusal) throw refusal;
    if (this.events.all.has(event.event_id)) return false;
    this.events.all.set(event.event_id, event);
    if (room && !isOwnRoom) this.rooms.set(room.id, room);
    apply(arrival, this);
    this.spread(event, [author, ...(via ? [via] : [])]);
    return true;
  }

  /** False if it is refused. */
  takeRead(event: StandInEvent): boolean {
    try {
      this.take(envelopeOf(jsonOf(event)), null);
      return true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }

  show(message: Shown): void {
    this.shown.set(message.room, [...(this.shown.get(message.room) ?? []), message]);
  }

  unshow(message: Shown): void {
    this.shown.set(
      message.room,
      (this.shown.get(message.room) ?? []).filter((other) => other !== message),
    );
  }

  /** The message that an edit, delete or reaction is about. */
  messageAbout({ target_event_id, message_id }: Content): Shown | undefined {
    const isMeant = ({ eventId }: Shown) =>
      target_event_id === undefined
        ? eventId.startsWith(`$${message_id}:`) || eventId.startsWith(`$m_message:${message_id}:`)
        : eventId === target_event_id;
    return [...this.shown.values()].flat().find(isMeant);
  }

  /** Whether an event is in a channel that others don't see. */
  isHidden(event: StandInEvent): boolean {
    const channel = this.roomAt(event.room_id)?.channels.get(String(event.content.channel_id));
    return this.era.checks === 'scope' && channel?.isPublic === false;
  }

  /** Sends an event on its way, except to these. Edits, deletes and reactions pass whatever they are about. */
  spread(event: StandInEvent, except: readonly Peer[] = []): void {
    if (!this.era.isActive) return;
    const room = this.roomAt(event.room_id);
    const isKept = event.event_type === 'm.message' && (!room?.isLetOut || this.isHidden(event));
    if (!room || isKept) return;
    const servers = new Set([room.authority, ...[...room.members].map((member) => serverOf(member))]);
    const isForAll = event.event_type.startsWith('m.member.');
    const peers = this.peers.all.filter(
      (peer) =>
        peer.trusted &&
        (isForAll || namesOf(peer).some((name) => servers.has(name))) &&
        !except.some(({ server_name }) => server_name === peer.server_name),
    );
    this.outbox.add(peers, event);
  }

  /** A signed call of its own. */
  async call(node: Node, method: 'GET' | 'POST', path: string, body = '') {
    const answer = await this.caller.call(peerAt(node), method, path, body);
    if (!answer) throw new Error(`no answer from ${node.name}`);
    return answer;
  }

  /** Asks all peers for what it missed in its mirrors of their rooms. */
  async catchUp(): Promise<void> {
    for (const peer of this.peers.all.filter(({ trusted }) => trusted)) {
      const rooms = [...this.rooms.values()].filter(
        ({ exists, authority }) => exists && namesOf(peer).includes(authority),
      );
      const ids = rooms.map(({ id }) => id).sort();
      await this.reader.round(peer, ids, (event) => this.takeRead(event));
    }
  }
}

export const peerAt = ({ name, url }: Node) => ({ server_name: name, endpoint: url + federationPrefix });
