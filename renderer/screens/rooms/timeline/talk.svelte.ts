import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { messageLink } from '../../../../shared/api/links.ts';
import type { MemberView, RoomView, TimelineItem } from '../../../../shared/api/views/room-views.ts';
import { oneFormOf } from '../../../../shared/unicode/emoji.ts';
import { Action } from '../../../node/action.svelte.ts';
import { CallKeys } from '../../../node/call-keys.ts';
import type { NodeLink } from '../../../node/node-link.ts';
import { toasts } from '../../../parts/notes/toasts.svelte.ts';
import { text } from '../../../text/text.ts';
import type { Acting } from '../acting.ts';
import type { ShownFile } from '../message/shown-files.ts';

interface Editing {
  readonly item: TimelineItem;
  readonly fromComposer: boolean;
}

interface Float {
  readonly kind: 'emoji' | 'delivery';
  readonly id: string;
  readonly anchor: HTMLElement;
}

/** The user's work on the messages of one channel. Outlives their rows, which come and go while scrolling. */
export class Talk {
  hovered: string | null = $state(null);
  focused: string | null = $state(null);
  /** The message that takes the focus as soon as it is drawn. */
  toFocus: string | null = $state(null);
  editing: Editing | null = $state.raw(null);
  editedText = $state('');
  /** Unsaved edits of messages that are not being edited now, by event. */
  readonly unsaved = new SvelteMap<string, string>();
  /** The message that somebody jumped to, until they have seen it. */
  marked: string | null = $state(null);
  /** Brings a message into view, however far up it is. */
  readonly jump: (id: string) => void;
  /** The message whose menu is open, and whether it is a sheet at the bottom. */
  menu: string | null = $state(null);
  sheet: TimelineItem | null = $state.raw(null);
  float: Float | null = $state.raw(null);
  deleting: TimelineItem | null = $state.raw(null);
  forwarding: TimelineItem | null = $state.raw(null);
  /** The event whose details are shown. */
  details: string | null = $state(null);
  /** The pictures that are shown large, and which of them. */
  pictures: { readonly list: readonly ShownFile[]; readonly at: number } | null = $state.raw(null);
  readonly reacting = new Action();
  readonly saving = new Action();
  readonly pinning = new Action();
  readonly #keys = new CallKeys();
  readonly #node: NodeLink;
  readonly #acting: Acting;
  readonly #room: () => RoomView;
  readonly #answer: (item: TimelineItem) => void;
  readonly #moderates: () => boolean;
  readonly #mayTakeOut: (user: string) => boolean;
  /** Asks whether to remove somebody from the room, or to ban them. */
  readonly takeOut: (user: string, bans: boolean) => void;
  readonly #twins: () => ReadonlySet<string>;
  readonly #members: () => readonly MemberView[];

  constructor(parts: {
    node: NodeLink;
    acting: Acting;
    room: () => RoomView;
    answer: (item: TimelineItem) => void;
    jump: (id: string) => void;
    moderates: () => boolean;
    mayTakeOut: (user: string) => boolean;
    takeOut: (user: string, bans: boolean) => void;
    twins: () => ReadonlySet<string>;
    members: () => readonly MemberView[];
  }) {
    this.#node = parts.node;
    this.#acting = parts.acting;
    this.#room = parts.room;
    this.#answer = parts.answer;
    this.jump = parts.jump;
    this.#moderates = parts.moderates;
    this.#mayTakeOut = parts.mayTakeOut;
    this.takeOut = parts.takeOut;
    this.#twins = parts.twins;
    this.#members = parts.members;
  }

  get members(): readonly MemberView[] {
    return this.#members();
  }

  get roomId(): string {
    return this.#room().room_id;
  }

  linkTo(item: TimelineItem): string {
    const { room_id, home } = this.#room();
    return messageLink(room_id, home, item);
  }

  get canWrite(): boolean {
    return this.#room().may_write;
  }

  /** Also where only owners and moderators write. */
  get canReact(): boolean {
    const { membership, archived } = this.#room();
    return membership === 'joined' && !archived;
  }

  /** Servers in the room that don't run Paracord Node. */
  get droppingServers(): readonly string[] {
    return this.#room().long_texts_dropped_at;
  }

  /** Whether somebody else in the room has the same name, so that only the server tells them apart. */
  hasTwin(name: string): boolean {
    return this.#twins().has(name);
  }

  nameOf(userId: string): string {
    return this.#acting.nameOf(userId);
  }

  isOwn(item: TimelineItem): boolean {
    return item.sender === this.#acting.me.user_id;
  }

  canEdit(item: TimelineItem): boolean {
    return this.canWrite && this.isOwn(item) && !item.deleted && !item.unverified;
  }

  canAnswer(item: TimelineItem): boolean {
    return this.canWrite && !item.deleted && !item.unverified;
  }

  /** Replies to the message with the next one. */
  answer(item: TimelineItem): void {
    if (this.canAnswer(item)) this.#answer(item);
  }

  /** A file of which only the name is known can't go along. */
  canForward({ body, files, deleted, unverified }: TimelineItem): boolean {
    const isComplete = files.every(({ place }) => place !== 'named');
    return !deleted && !unverified && isComplete && (Boolean(body) || files.length > 0);
  }

  canDelete(item: TimelineItem): boolean {
    return !item.deleted && (this.#moderates() || (this.#room().membership === 'joined' && this.isOwn(item)));
  }

  isPinned({ event_id }: Pick<TimelineItem, 'event_id'>): boolean {
    return this.#room().pinned.includes(event_id);
  }

  canPin(item: TimelineItem): boolean {
    return !item.deleted && this.#moderates() && this.#node.may('pinMessage');
  }

  /** Pins the message on top of the room, or takes it down. */
  async pin(item: TimelineItem): Promise<void> {
    const { event_id } = item;
    const [room_id, pinned] = [this.roomId, !this.isPinned(item)];
    const as = this.#acting.me.user_id;
    const { pinnedDone, unpinnedDone } = text.rooms.message;
    const { pinning } = this;
    if (await pinning.run(() => this.#node.api.pinMessage({ room_id, event_id, pinned, as })))
      toasts.say(pinned ? pinnedDone : unpinnedDone);
    else if (pinning.failure) toasts.say(pinning.failure.message, { kind: 'warning' });
  }

  canTakeOut(item: TimelineItem): boolean {
    return !this.isOwn(item) && this.#mayTakeOut(item.sender);
  }

  edit(item: TimelineItem, fromComposer: boolean): void {
    const before = this.editing?.item;
    if (before?.event_id === item.event_id) return;
    if (before && this.editedText.trim() !== before.body) this.unsaved.set(before.event_id, this.editedText);
    this.saving.clear();
    this.editing = { item, fromComposer };
    this.editedText = this.unsaved.get(item.event_id) ?? item.body ?? '';
    this.unsaved.delete(item.event_id);
  }

  /** Returns whether it was saved. If not, the text stays. */
  async saveEdit(): Promise<boolean> {
    const { editing } = this;
    const body = this.editedText.trim();
    if (editing === null || body === '') return false;
    const saved =
      body === editing.item.body || (await this.saving.run(() => this.#save(editing.item.event_id, body)));
    if (saved && this.editing === editing) this.editing = null;
    return saved;
  }

  async toggle(item: TimelineItem, picked: string): Promise<boolean> {
    const emoji = oneFormOf(picked);
    const { me } = this.#acting;
    const has = item.reactions.some((each) => each.emoji === emoji && each.users.includes(me.user_id));
    const input = { room_id: this.#room().room_id, event_id: item.event_id, emoji, as: me.user_id };
    const { api } = this.#node;
    return this.reacting.run(() =>
      this.#keys.once([has ? 'unreact' : 'react', item.event_id, emoji], (client_key) =>
        has ? api.unreact({ ...input, client_key }) : api.react({ ...input, client_key }),
      ),
    );
  }

  async delete(item: TimelineItem): Promise<void> {
    const { event_id } = item;
    const input = { room_id: this.#room().room_id, event_id, as: this.#acting.me.user_id };
    await this.#keys.once(['delete', event_id], (client_key) =>
      this.#node.api.deleteMessage({ ...input, client_key }),
    );
  }

  #save(event_id: string, body: string): Promise<unknown> {
    const { me } = this.#acting;
    const input = { room_id: this.#room().room_id, event_id, body, as: me.user_id };
    return this.#keys.once(['edit', event_id, body], (client_key) =>
      this.#node.api.editMessage({ ...input, client_key }),
    );
  }
}

export const [useTalk, provideTalk] = createContext<Talk>();
