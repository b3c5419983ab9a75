import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Signer, signerFromSeed } from '../../../main/crypto/ed25519.ts';
import type { Plain } from '../../../shared/protocol/coding/json.ts';
import { parseEnvelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { parseRoomId } from '../../../shared/protocol/identifiers.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import { until } from '../until.ts';
import { StandInApi } from './api.ts';
import { type StandInEvent, StandInEvents } from './events.ts';

export interface StandInOptions {
  /** Its answer to unknown paths: its page, as with most builds, or 404. */
  readonly unknownPaths?: 'page' | 'not found';
  /** How many events per minute it accepts from a peer; no limit by default. */
  readonly eventsPerMinute?: number;
  readonly now?: () => number;
}

export interface StandInMessage {
  readonly eventId: string;
  readonly sender: string;
  body: string;
}

const day = 86_400_000;

/**
 * Replaces the existing server if no binary is available: a real HTTP server that gives the recorded answers of release
 * 0.8.5, with the same methods as `ExistingServer` for what its users do. Like 0.8.5 it pushes nothing, and events from
 * others go into a mirror, not into its guild.
 */
export class StandInServer {
  readonly name = 'paracord.test';
  readonly guild: string;
  readonly channel: string;
  signer: Signer = signerFromSeed(randomBytes(32));
  readonly events: StandInEvents;
  /** Others' events, by room, as its users see them in the mirror of that room. */
  readonly mirrors = new Map<string, StandInMessage[]>();
  readonly now: () => number;
  guildName = 'Guild';
  channelName = 'general';
  url = '';
  readonly api: StandInApi;
  #server: Server | null = null;
  #port = 0;
  #lastId = BigInt(Date.now()) << 22n;
  #keyValidUntil: number | null = null;
  /** Its numbers for remote users, by user id. */
  readonly #remoteUsers = new Map<string, string>();
  readonly #cursors = new Map<string, number>();

  private constructor(options: StandInOptions) {
    this.now = options.now ?? Date.now;
    this.guild = this.nextId();
    this.channel = this.nextId();
    this.events = new StandInEvents(this);
    this.api = new StandInApi(this, options);
  }

  static async start(
    t: { after(job: () => unknown): void },
    options: StandInOptions = {},
  ): Promise<StandInServer> {
    const server = new StandInServer(options);
    t.after(() => server.down());
    await server.up();
    return server;
  }

  get room(): string {
    return `!${this.guild}:${this.name}`;
  }

  user(localpart: string): string {
    return `@${localpart}:${this.name}`;
  }

  nextId(): string {
    this.#lastId += 1n;
    return String(this.#lastId);
  }

  async up(): Promise<void> {
    this.#server = createServer((req, res) => this.api.handle(req, res));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.#port}`;
  }

  async down(): Promise<void> {
    if (!this.#server?.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Its key, valid for a day from when it is first published, and never renewed. */
  keys(): Record<string, unknown> {
    this.#keyValidUntil ??= this.now() + day;
    const key = {
      key_id: 'ed25519:auto',
      public_key: this.signer.publicKey,
      server_name: this.name,
      valid_until: this.#keyValidUntil,
    };
    return { keys: [key], server_name: this.name };
  }

  /** Makes someone else answer in its place, with a key of their own. */
  replaceKey(): void {
    this.signer = signerFromSeed(randomBytes(32));
  }

  /** Its next event has a greater depth than all so far. */
  async nextSecond(): Promise<void> {
    const second = () => Math.floor(this.now() / 1000);
    const now = second();
    await until([], 'the next second', () => second() > now);
  }

  /** Its admin adds a peer. It reads the peer's keys. */
  async addPeer(node: { readonly name: string; readonly url: string }): Promise<void> {
    const answer = await fetch(`${node.url}${federationPrefix}/keys`);
    const { keys } = (await answer.json()) as { keys: { key_id: string; public_key: string }[] };
    this.api.peers.set(node.name, { url: node.url, keys });
  }

  /** Its number for a remote user, assigned at first sight. */
  remoteUser(userId: string): string {
    const known = this.#remoteUsers.get(userId);
    if (known) return known;
    const id = this.nextId();
    this.#remoteUsers.set(userId, id);
    return id;
  }

  remoteUserName(userNumber: string): string {
    const [userId] = [...this.#remoteUsers].find(([, id]) => id === userNumber) ?? [];
    return `${/^@([^:]*)/.exec(userId ?? '')?.[1]}_${'0123456789abcdef'.slice(0, 6)}`;
  }

  async post(as: string, content: string): Promise<string> {
    return this.events.message(as, content, []);
  }

  async postFiles(as: string, content: string, filenames: readonly string[]): Promise<string> {
    return this.events.message(as, content, filenames);
  }

  async edit(as: string, id: string, body: string): Promise<void> {
    this.events.other('m.message.edit', as, id, { ...this.#about(id), body });
  }

  async delete(as: string, id: string): Promise<void> {
    this.events.other('m.message.delete', as, id, this.#about(id));
  }

  async react(as: string, id: string, emoji: string, add = true): Promise<void> {
    const type = add ? 'm.reaction.add' : 'm.reaction.remove';
    this.events.other(type, as, `${id}:${emoji}`, { ...this.#about(id), emoji });
  }

  #about(id: string): { readonly [key: string]: Plain } {
    return { guild_id: this.guild, channel_id: this.channel, message_id: id };
  }

  async renameGuild(to: string): Promise<void> {
    this.guildName = to;
  }

  async renameChannel(to: string): Promise<void> {
    this.channelName = to;
  }

  /** Its admin removes a member. A ban looks the same to others. */
  async kick(userNumber: string): Promise<void> {
    const content = { guild_id: this.guild, user_id: userNumber };
    const name = this.remoteUserName(userNumber);
    this.events.other('m.member.leave', name, `${this.guild}:${userNumber}`, content);
  }

  /**
   * One of its users writes in its mirror of a room of ours. Here the signature covers everything, attachments
   * included.
   */
  writeInMirror(as: string, room: string, channel: string, body: string): string {
    return this.events.inMirror(as, room, { guild_id: parseRoomId(room).guildId, channel_id: channel, body });
  }

  /**
   * Stores an event of a peer, and shows it in its mirror if the room is another server's. False if it has the event
   * already.
   */
  take(event: StandInEvent): boolean {
    if (this.events.all.has(event.event_id)) return false;
    this.events.all.set(event.event_id, event);
    const { body, message_id, target_event_id } = event.content as Record<string, string>;
    const mirror = this.mirrors.get(event.room_id) ?? [];
    this.mirrors.set(event.room_id, mirror);
    if (event.event_type === 'm.message')
      mirror.push({ eventId: event.event_id, sender: event.sender, body: body ?? '' });
    const target = mirror.findIndex(
      ({ eventId }) => eventId === target_event_id || eventId.startsWith(`$${message_id}:`),
    );
    const shown = mirror[target];
    if (shown && event.event_type === 'm.message.edit') shown.body = body ?? '';
    if (shown && event.event_type === 'm.message.delete') mirror.splice(target, 1);
    return true;
  }

  /** Pushes one of its events to a peer, as 0.5.0 does once for each. */
  async push(peer: { readonly url: string }, eventId: string): Promise<number> {
    const event = this.events.all.get(eventId);
    if (!event) throw new Error(`the stand-in has no event ${eventId}`);
    const text = wireEvent(parseEnvelope(JSON.stringify(event)));
    return (await this.hand().call(peer.url, 'POST', '/event', text)).status;
  }

  /** Signs its calls. */
  hand(): RawPeer {
    const hand = new RawPeer(this.name);
    hand.addressing = null;
    hand.keyId = 'ed25519:auto';
    hand.signer = this.signer;
    return hand;
  }

  /**
   * Asks a peer for new events of a room of that peer, as 0.5.0 does every five seconds. Returns how many there were.
   */
  async poll(peer: { readonly name: string; readonly url: string }, room: string): Promise<number> {
    const since = this.#cursors.get(room) ?? 0;
    const answer = await this.hand().call(
      peer.url,
      'GET',
      `/events?room_id=${room}&since_depth=${since}&limit=128`,
    );
    if (answer.status !== 200) throw new Error(`GET events: ${answer.status} ${JSON.stringify(answer.body)}`);
    const events = answer.body.events as StandInEvent[];
    for (const event of events) this.take(event);
    this.#cursors.set(
      room,
      Math.max(since, ...events.map((event) => Math.max(event.depth, event.origin_ts))),
    );
    return events.length;
  }
}
