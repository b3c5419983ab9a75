import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../until.ts';
import type { Content, StandInEvent } from './events.ts';
import { type Node, peerAt, StandInHost, type StandInOptions } from './host.ts';
import type { Shown } from './rooms.ts';
import { jsonOf } from './wire/codec.ts';
import { envelopeOf, wireText } from './wire/envelope.ts';
import { penFrom } from './wire/signing.ts';

/**
 * Replaces the existing server: a real HTTP server that does what one era of it does, with the same methods as
 * `ExistingServer` for what its users do. As 0.8 it gives the recorded answers of release 0.8.5, pushes nothing, and puts
 * events of others into a mirror, not into its guild.
 */
export class StandInServer extends StandInHost {
  #server: Server | null = null;
  #port = 0;

  static async start(
    t: { after(job: () => unknown): void },
    options: StandInOptions = {},
  ): Promise<StandInServer> {
    const server = new StandInServer(options);
    t.after(() => server.down());
    await server.up();
    return server;
  }

  async up(): Promise<void> {
    this.#server = createServer((req, res) => this.api.handle(req, res));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.#port}`;
    this.work();
  }

  async down(): Promise<void> {
    this.rest();
    if (!this.#server?.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Makes someone else answer in its place, with a key of their own. */
  replaceKey(): void {
    this.signer = penFrom(randomBytes(32));
  }

  /** Its next event has a greater depth than all so far. */
  async nextSecond(): Promise<void> {
    const second = () => Math.floor(this.now() / 1000);
    const now = second();
    await until([], 'the next second', () => second() > now);
  }

  async post(as: string, content: string, mentions: readonly string[] = []): Promise<string> {
    return this.#post(as, content, [], mentions);
  }

  async postFiles(as: string, content: string, filenames: readonly string[]): Promise<string> {
    return this.#post(as, content, filenames, []);
  }

  #post(
    as: string,
    content: string,
    filenames: readonly string[],
    mentions: readonly string[],
    channel = this.channel,
  ): string {
    const sender = this.user(as);
    const place = { room: this.room, guild: this.guild, channel, sender };
    const { id, event } = this.events.message(place, content, filenames, mentions);
    this.home.members.add(sender);
    if (this.era.showsInGuild) this.#showOwn(event, channel);
    this.spread(event);
    return id;
  }

  /** Writes in a channel that @everyone doesn't see. Returns its number and that of the channel. */
  postPrivately(as: string, content: string): { readonly id: string; readonly channel: string } {
    const channel = this.nextId();
    this.home.channels.set(channel, { name: 'private', isPublic: false });
    return { id: this.#post(as, content, [], [], channel), channel };
  }

  #showOwn(event: StandInEvent, channel: string): void {
    const { room_id, event_id, sender, content } = event;
    const body = String(content.body ?? '');
    this.show({ room: room_id, eventId: event_id, channel, sender, body, reactions: new Set() });
  }

  async edit(as: string, id: string, body: string): Promise<void> {
    const message = this.#shown(id);
    if (message) message.body = body;
    this.#remark('m.message.edit', as, id, { body });
  }

  async delete(as: string, id: string): Promise<void> {
    const message = this.#shown(id);
    if (message) this.unshow(message);
    this.#remark('m.message.delete', as, id);
  }

  async react(as: string, id: string, emoji: string, add = true): Promise<void> {
    const type = add ? 'm.reaction.add' : 'm.reaction.remove';
    this.#remark(type, as, id, { emoji });
  }

  /** `id`: the number of a message of its own, or the event ID of any. Before 3.0, only its own numbers are in it. */
  #remark(type: string, as: string, id: string, more: Content = {}): void {
    const { event_id, origin_server, room_id, content } = this.#eventOf(id);
    const { signsAll } = this.era;
    const hasOwnNumbers = room_id !== this.room && !signsAll;
    const about = (number: unknown): string =>
      hasOwnNumbers ? this.remoteUser(`${room_id} ${number}`) : String(number);
    const isOwn = origin_server === this.name;
    const message_id = isOwn ? String(content.message_id) : this.remoteUser(event_id);
    const { emoji } = more;
    const stableId = emoji === undefined ? message_id : signsAll ? null : `${message_id}:${emoji}`;
    const said = {
      guild_id: about(this.roomAt(room_id)?.guild),
      channel_id: about(content.channel_id),
      message_id,
      ...(isOwn || !signsAll ? {} : { target_event_id: event_id }),
      ...more,
    };
    this.#other(type, as, stableId, said, room_id);
  }

  #eventOf(id: string): StandInEvent {
    const isMeant = ({ event_id, content, origin_server }: StandInEvent) =>
      event_id === id || (origin_server === this.name && content.message_id === id);
    const event = [...this.events.all.values()].find(isMeant);
    if (!event) throw new Error(`the stand-in has no message ${id}`);
    return event;
  }

  #shown(id: string): Shown | undefined {
    return this.messageAbout(id.startsWith('$') ? { target_event_id: id } : { message_id: id });
  }

  #other(type: string, as: string, stableId: string | null, content: Content, room = this.room): void {
    this.spread(this.events.other({ type, room, sender: this.user(as), stableId, content }));
  }

  async renameGuild(to: string): Promise<void> {
    this.guildName = to;
  }

  async renameChannel(to: string): Promise<void> {
    this.channelName = to;
  }

  /** Its admin removes a member. Before 3.0, the event is in the name of a stand-in for that user. */
  async kick(userNumber: string): Promise<void> {
    const userId = this.remoteUserWith(userNumber);
    this.home.members.delete(userId);
    if (this.era.endorses) {
      this.endorse('leave', this.home, userId);
      return;
    }
    const content = { guild_id: this.guild, user_id: userNumber };
    const name = `${/^@([^:]*)/.exec(userId)?.[1]}_${'0123456789abcdef'.slice(0, 6)}`;
    this.#other('m.member.leave', name, `${this.guild}:${userNumber}`, content);
  }

  /** A ban looks like a kick to others, but there is no way back. */
  async ban(userNumber: string): Promise<void> {
    this.home.banned.add(this.remoteUserWith(userNumber));
    await this.kick(userNumber);
  }

  /** One of its users joins its mirror of a room. Returns the status of the authority's last answer. */
  async joinMirror(as: string, roomId: string): Promise<number> {
    const room = this.roomAt(roomId);
    const home = room && this.peers.find(room.authority);
    if (!room?.exists || !home) throw new Error(`the stand-in has no mirror of ${roomId}`);
    const user_id = this.user(as);
    const about = { origin_server: this.name, room_id: roomId };
    const asked = JSON.stringify({ ...about, sender: user_id, max_age_seconds: null });
    const invited = await this.caller.call(home, 'POST', '/invite', asked);
    if (invited?.status !== 200) return invited?.status ?? 0;
    const joined = await this.caller.call(home, 'POST', '/join', JSON.stringify({ ...about, user_id }));
    if (joined?.status !== 200) return joined?.status ?? 0;
    room.members.add(user_id);
    const content = { guild_id: room.guild, user_id: this.remoteUser(user_id) };
    this.#other('m.member.join', as, `${room.guild}:${content.user_id}`, content, roomId);
    return joined.status;
  }

  /**
   * One of its users writes in its mirror of a room of ours. Here the signature covers everything, attachments
   * included.
   */
  writeInMirror(as: string, room: string, channel: string, body: string): string {
    const guild = /^!(\d+):/.exec(room)?.[1] ?? '';
    const event = this.events.inMirror({ room, guild, sender: this.user(as) }, { channel_id: channel, body });
    if (this.era.showsInGuild) this.#showOwn(event, channel);
    this.spread(event);
    return event.event_id;
  }

  /** Pushes one of its events to a peer, as 0.5.0 does once for each. */
  async push(node: Node, eventId: string): Promise<number> {
    const event = this.events.all.get(eventId);
    if (!event) throw new Error(`the stand-in has no event ${eventId}`);
    return (await this.call(node, 'POST', '/event', wireText(envelopeOf(jsonOf(event))))).status;
  }

  /** Asks a peer for new events of a room of that peer. Returns how many there were. */
  async poll(node: Node, room: string): Promise<number> {
    const count = await this.reader.read(peerAt(node), room, (event) => this.takeRead(event));
    if (count === null) throw new Error(`${node.name} refused GET events`);
    return count;
  }
}
