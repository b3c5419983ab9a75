import { ProtocolError } from '../../../shared/protocol/errors.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

export interface SimRoom {
  readonly id: string;
  readonly home: SimNode;
  /** Nodes whose users join and leave. */
  readonly nodes: readonly SimNode[];
  /** The two of a direct chat. */
  readonly direct?: readonly [string, string];
}

/** An action that was confirmed to a user. */
export interface Answered {
  readonly eventId: string;
  readonly roomId: string;
  readonly node: string;
  readonly kind: string;
}

type Act = (room: SimRoom, node: SimNode, user: string) => Promise<{ event_id: string } | null>;

const emojis = ['👍', '🎉', '♥'];

/** People who do what people do, on any node, and know only what their node shows them. */
export class People {
  answered: Answered[] = [];
  /** Channels whose creation was confirmed. */
  channels: { readonly roomId: string; readonly name: string }[] = [];
  /** The texts of each message, original and edited. Each text occurs nowhere else. */
  readonly texts = new Map<string, string[]>();
  /** Failures that no person can cause. */
  readonly faults: string[] = [];
  readonly #world: World;
  /** Direct chats are added as they begin. */
  readonly #rooms: SimRoom[];
  readonly #localparts: readonly string[];
  readonly #running = new Set<Promise<void>>();
  #said = 0;

  constructor(world: World, rooms: SimRoom[], localparts: readonly string[]) {
    this.#world = world;
    this.#rooms = rooms;
    this.#localparts = localparts;
  }

  /** Drops what was only on a disk that was lost. */
  forgive(
    roomId: string,
    isGone: { readonly event: (id: string) => boolean; readonly channel: (name: string) => boolean },
  ): void {
    this.answered = this.answered.filter((each) => each.roomId !== roomId || !isGone.event(each.eventId));
    this.channels = this.channels.filter((each) => each.roomId !== roomId || !isGone.channel(each.name));
  }

  usersOf(node: SimNode): string[] {
    return [node.name.split('.')[0] ?? '', ...this.#localparts].map((local) => `@${local}:${node.domain}`);
  }

  /** Starts an action, and notes the outcome when it is over. */
  act(): void {
    const { dice, nodes } = this.#world;
    const node = dice.pick(nodes.filter((each) => each.isUp));
    if (!node) return;
    const isPrivate = dice.chance(0.15);
    const room = dice.pick(
      this.#rooms.filter((each) => each.nodes.includes(node) && (isPrivate || each.direct === undefined)),
    );
    const user = dice.pick(this.usersOf(node));
    if (!room || !user) return;
    const kind = this.#pickKind(room.home === node);
    const { run, disks } = node;
    const what = `${user} ${kind} at ${room.home.name}`;
    const begun = this.#acts[kind]?.(room, node, user) ?? Promise.resolve(null);
    const done = begun.then(
      (result) => {
        if (result && node.disks === disks) this.#took(result.event_id, room, node, kind);
        this.#world.note(`${what} ok ${result?.event_id ?? ''}`);
      },
      (error: unknown) => this.#failed(what, error, node.run !== run || !node.isUp),
    );
    this.#running.add(done);
    void done.finally(() => this.#running.delete(done));
  }

  #took(eventId: string, room: SimRoom, node: SimNode, kind: string): void {
    this.answered.push({ eventId, roomId: room.id, node: node.name, kind });
  }

  #wrote(messageId: string, body: string): void {
    this.texts.set(messageId, [...(this.texts.get(messageId) ?? []), body]);
  }

  #failed(what: string, error: unknown, nodeWentDown: boolean): void {
    const told = error instanceof ProtocolError ? error.code : String(error);
    this.#world.note(`${what} refused: ${error instanceof ProtocolError ? error.message : told}`);
    const expected = error instanceof ProtocolError && error.code !== 'INTERNAL_ERROR';
    if (!expected && !nodeWentDown)
      this.faults.push(`${what}: ${error instanceof Error ? error.stack : told}`);
  }

  #pickKind(atHome: boolean): string {
    const { dice } = this.#world;
    const any = [
      'post',
      'post',
      'post',
      'post',
      'reply',
      'forward',
      'edit',
      'delete',
      'react',
      'react',
      'unreact',
      'join',
      'join',
      'profile',
      'startDirect',
    ];
    const home = [
      'invite',
      'invite',
      'invite',
      'revoke',
      'remove',
      'ban',
      'unban',
      'setModerator',
      'moderate',
      'addChannel',
      'describe',
      'pin',
      'archive',
      'limitWriting',
      'deleteChannel',
    ];
    const all = [...any, ...(dice.chance(0.4) ? ['leave'] : []), ...(atHome ? home : [])];
    return dice.pick(all) ?? 'post';
  }

  async #post(
    { api }: SimNode,
    place: Omit<Parameters<SimNode['api']['postMessage']>[0], 'body'>,
  ): Promise<{ event_id: string }> {
    const body = `words <${++this.#said}>`;
    const written = await api.postMessage({ ...place, body });
    this.#wrote(written.event_id, body);
    return written;
  }

  /** A message that the node shows; `own`: only one by that user. */
  async #message(room: SimRoom, node: SimNode, own: string | null): Promise<string | null> {
    const { items } = await node.api.timeline({ room_id: room.id, limit: 20 });
    const choice = items.filter((item) => !item.deleted && (own === null || item.sender === own));
    return this.#world.dice.pick(choice)?.event_id ?? null;
  }

  /** The owner or a moderator, so that both decide about people and messages. */
  async #moderator(room: SimRoom, { api }: SimNode): Promise<string | undefined> {
    const { items } = await api.members({ room_id: room.id, limit: 100 });
    const here = items.filter(({ role, server }) => role !== 'member' && server === room.home.domain);
    return this.#world.dice.pick(here)?.user_id;
  }

  /** A user in the room, of another node or of this one. */
  #somebody(room: SimRoom): string {
    const { dice } = this.#world;
    return dice.pick(room.nodes.flatMap((node) => this.usersOf(node))) ?? '';
  }

  readonly #acts: Readonly<Record<string, Act>> = {
    post: async (room, node, user) => {
      const { items } = await node.api.channels({ room_id: room.id });
      const channel = this.#world.dice.pick(items)?.channel_id;
      return this.#post(node, {
        room_id: room.id,
        as: user,
        ...(channel === undefined ? {} : { channel_id: channel }),
      });
    },
    reply: async (room, node, user) => {
      const reply_to = await this.#message(room, node, null);
      return reply_to === null ? null : this.#post(node, { room_id: room.id, as: user, reply_to });
    },
    forward: async (room, node, user) => {
      const { items } = await node.api.timeline({ room_id: room.id, limit: 20 });
      const item = this.#world.dice.pick(items.filter(({ body, deleted }) => body && !deleted));
      if (!item) return null;
      const { event_id: forwards, body } = item;
      const written = await node.api.postMessage({ room_id: room.id, as: user, forwards });
      this.#wrote(written.event_id, body ?? '');
      return written;
    },
    edit: async (room, node, user) => {
      const event_id = await this.#message(room, node, user);
      const body = `edited <${++this.#said}>`;
      if (event_id !== null) this.#wrote(event_id, body);
      return event_id === null ? null : node.api.editMessage({ room_id: room.id, event_id, body, as: user });
    },
    delete: async (room, node, user) => {
      const event_id = await this.#message(room, node, user);
      return event_id === null ? null : node.api.deleteMessage({ room_id: room.id, event_id, as: user });
    },
    moderate: async (room, node) => {
      const event_id = await this.#message(room, node, null);
      const as = await this.#moderator(room, node);
      return event_id === null ? null : node.api.deleteMessage({ room_id: room.id, event_id, as });
    },
    react: async (room, node, user) => {
      const event_id = await this.#message(room, node, null);
      const emoji = this.#world.dice.pick(emojis) ?? '';
      return event_id === null ? null : node.api.react({ room_id: room.id, event_id, emoji, as: user });
    },
    unreact: async (room, node, user) => {
      const { items } = await node.api.timeline({ room_id: room.id, limit: 20 });
      const choice = items.filter((item) => item.reactions.some((each) => each.users.includes(user)));
      const item = this.#world.dice.pick(choice);
      const emoji = item?.reactions.find((each) => each.users.includes(user))?.emoji;
      if (!item || emoji === undefined) return null;
      return node.api.unreact({ room_id: room.id, event_id: item.event_id, emoji, as: user });
    },
    join: async (room, node, user) => {
      await node.api.joinRoom({ room_id: room.id, as: user });
      return null;
    },
    leave: async (room, node, user) => {
      await node.api.leaveRoom({ room_id: room.id, as: user });
      return null;
    },
    invite: (room, node) => node.api.inviteUser({ room_id: room.id, user_id: this.#somebody(room) }),
    revoke: async (room, node) => {
      const { items } = await node.api.sentInvites({ room_id: room.id, limit: 100 });
      const user_id = this.#world.dice.pick(items)?.user_id;
      if (user_id !== undefined) await node.api.revokeInvite({ room_id: room.id, user_id });
      return null;
    },
    remove: async (room, node) => {
      const { items } = await node.api.members({ room_id: room.id });
      const user_id = this.#world.dice.pick(items)?.user_id ?? this.#somebody(room);
      const as = await this.#moderator(room, node);
      await node.api.removeMember({ room_id: room.id, user_id, as, reason: `shouting <${++this.#said}>` });
      return null;
    },
    ban: async (room, node) => {
      const { items } = await node.api.members({ room_id: room.id });
      const user_id = this.#world.dice.pick(items)?.user_id ?? this.#somebody(room);
      const as = await this.#moderator(room, node);
      await node.api.banUser({ room_id: room.id, user_id, as, reason: 'noise' });
      return null;
    },
    unban: async (room, node) => {
      const { items } = await node.api.removals({ room_id: room.id });
      const user_id = this.#world.dice.pick(items.filter(({ banned }) => banned))?.user_id;
      const as = await this.#moderator(room, node);
      if (user_id !== undefined) await node.api.unbanUser({ room_id: room.id, user_id, as });
      return null;
    },
    setModerator: async (room, node) => {
      const { items } = await node.api.members({ room_id: room.id });
      const one = this.#world.dice.pick(items);
      if (!one) return null;
      const { user_id, role } = one;
      await node.api.setModerator({ room_id: room.id, user_id, moderator: role !== 'moderator' });
      return null;
    },
    addChannel: async (room, node) => {
      const { disks } = node;
      const { name } = await node.api.addChannel({ room_id: room.id, name: `channel-${++this.#said}` });
      if (node.disks === disks) this.channels.push({ roomId: room.id, name });
      return null;
    },
    deleteChannel: async (room, node) => {
      const { items } = await node.api.channels({ room_id: room.id });
      const channel = this.#world.dice.pick(items.filter(({ name }) => name.startsWith('channel-')));
      if (!channel) return null;
      // Even if no answer comes, it may have been deleted.
      this.channels = this.channels.filter(({ name }) => name !== channel.name);
      await node.api.deleteChannel({ room_id: room.id, channel_id: channel.channel_id });
      return null;
    },
    describe: async (room, node) => {
      const at = { room_id: room.id };
      await node.api.changeRoom({ ...at, name: `Room ${++this.#said}` });
      await node.api.describeRoom({ ...at, topic: `Topic ${this.#said}`, description: `*${this.#said}*` });
      return null;
    },
    pin: async (room, node) => {
      const { pinned } = await node.api.room({ room_id: room.id });
      const unpinned = this.#world.dice.chance(0.3) ? this.#world.dice.pick(pinned) : undefined;
      const event_id = unpinned ?? (await this.#message(room, node, null));
      const as = await this.#moderator(room, node);
      if (event_id !== null)
        await node.api.pinMessage({ room_id: room.id, event_id, pinned: unpinned === undefined, as });
      return null;
    },
    archive: async (room, node) => {
      const { archived } = await node.api.room({ room_id: room.id });
      // Most of what people do should still be possible.
      if (archived || this.#world.dice.chance(0.2))
        await node.api.archiveRoom({ room_id: room.id, archived: !archived });
      return null;
    },
    limitWriting: async (room, node) => {
      const { writers } = await node.api.room({ room_id: room.id });
      const isOpen = writers === 'everybody' && this.#world.dice.chance(0.8);
      await node.api.setWriting({
        room_id: room.id,
        writers: writers === 'moderators' || isOpen ? 'everybody' : 'moderators',
        slow_seconds: this.#world.dice.chance(0.3) ? 30 : 0,
      });
      return null;
    },
    profile: async (_room, node, user_id) => {
      const n = ++this.#said;
      const { dice } = this.#world;
      await node.api.changePersonProfile({
        user_id,
        ...(dice.chance(0.5) ? { display_name: `Name ${n}` } : {}),
        ...(dice.chance(0.5) ? { about: `About ${n}` } : {}),
      });
      return null;
    },
    startDirect: async (room, node, user) => {
      const person = this.#somebody(room);
      const { room_id, home } = await node.api.startDirect({ person, as: user });
      const nodes = room.nodes.filter((each) =>
        [user, person].some((one) => this.usersOf(each).includes(one)),
      );
      const known = this.#rooms.some(({ id }) => id === room_id);
      const at = nodes.find(({ name }) => name === home);
      if (!known && at) this.#rooms.push({ id: room_id, home: at, nodes, direct: [user, person] });
      return null;
    },
  };
}
