import { comparePositions } from '../../../shared/protocol/room-state.ts';
import type { MessageEffects, NewMention } from '../../store/batch/batch-port.ts';
import type { MessageRow, Reaction } from '../../store/tables/rooms/message-store.ts';
import type { Asked } from './questions.ts';

const keyOf = (r: Pick<Reaction, 'message_seq' | 'user_id' | 'emoji'>): string =>
  `${r.message_seq} ${r.user_id} ${r.emoji}`;

/** What the batch does to one reaction: `given` applies unless the table has a later one, or it was removed. */
interface Change {
  readonly of: Pick<Reaction, 'message_seq' | 'user_id' | 'emoji'>;
  readonly isForgotten: boolean;
  readonly given: Reaction | null;
}

/** Messages and reactions as a batch sees them. */
export class WorkingMessages {
  readonly #ask: Asked;
  readonly #rows = new Map<number, MessageRow>();
  readonly #mentions: NewMention[] = [];
  readonly #new = new Map<string, number[]>();
  readonly #gone = new Set<number>();
  readonly #clearedRooms = new Set<string>();
  readonly #reactions = new Map<string, Change>();
  readonly #withoutReactions = new Set<number>();

  constructor(ask: Asked) {
    this.#ask = ask;
  }

  add(message: MessageRow): void {
    this.#rows.set(message.seq, message);
    for (const name of [message.event_id, message.message_key])
      this.#new.set(name, [...(this.#new.get(name) ?? []), message.seq]);
  }

  /** Records which users a new message mentions, by any of their names. */
  mention({ seq, room_id, channel_id }: Omit<NewMention, 'called'>, called: Iterable<string>): void {
    for (const each of called) this.#mentions.push({ seq, room_id, channel_id, called: each });
  }

  bySeq(seq: number): MessageRow | undefined {
    if (this.#gone.has(seq)) return undefined;
    return this.#rows.get(seq) ?? this.#loaded(this.#ask.messageBySeq.get(seq));
  }

  #loaded(row: MessageRow | null): MessageRow | undefined {
    if (row === null || this.#gone.has(row.seq) || this.#clearedRooms.has(row.room_id)) return undefined;
    return this.#rows.get(row.seq) ?? row;
  }

  /** The messages in a room that a target (see event-content.ts) can mean, shown or not. */
  named(roomId: string, target: string): MessageRow[] {
    const mine = (this.#new.get(target) ?? []).flatMap((seq) => this.#rows.get(seq) ?? []);
    const found = this.#ask.messagesNamed.get(target).flatMap((row) => this.#loaded(row) ?? []);
    return [...found.filter((row) => !mine.includes(row)), ...mine].filter((row) => row.room_id === roomId);
  }

  #change(row: MessageRow, change: Partial<MessageRow>): void {
    this.#rows.set(row.seq, { ...(this.#rows.get(row.seq) ?? row), ...change });
  }

  /** Sets which event has the current text (null if there is none any more), and when the message was edited. */
  setText(row: MessageRow, textSeq: number | null, editedAt: number | null): void {
    this.#change(row, { text_seq: textSeq, edited_at: editedAt });
  }

  /** Deletes everything about the message, including its reactions. */
  setDeleted(row: MessageRow): void {
    this.#change(row, { text_seq: null, edited_at: null, deleted: 1 });
    this.#clearReactions(row.seq);
  }

  /** The event ID of a message in the channel that is shown, deleted or not; null if there is none. */
  shownIn(roomId: string, channelId: string): string | null {
    const rows = [...this.#rows.values()];
    const mine = rows.filter((row) => row.room_id === roomId && row.channel_id === channelId);
    const shown = mine.find((row) => row.shown === 1);
    if (shown) return shown.event_id;
    if (this.#clearedRooms.has(roomId)) return null;
    const except = [...mine.map(({ seq }) => seq), ...this.#gone];
    return this.#ask.shownIn.get(roomId, channelId, JSON.stringify(except))?.event_id ?? null;
  }

  setShown(row: MessageRow, shown: boolean): void {
    this.#change(row, { shown: shown ? 1 : 0 });
  }

  remove(seq: number): void {
    this.#gone.add(seq);
    this.#rows.delete(seq);
    this.#clearReactions(seq);
  }

  #clearReactions(seq: number): void {
    this.#withoutReactions.add(seq);
    for (const [key, { of }] of this.#reactions) if (of.message_seq === seq) this.#reactions.delete(key);
  }

  /** Adds or removes a reaction, unless a later event in the room's order has decided about it. */
  react(reaction: Reaction): void {
    const key = keyOf(reaction);
    const before = this.#reactions.get(key);
    const place = (r: Reaction) => ({ depth: r.depth, eventId: r.event_id });
    if (before?.given && comparePositions(place(before.given), place(reaction)) > 0) return;
    this.#reactions.set(key, {
      of: reaction,
      isForgotten: before?.isForgotten ?? false,
      given: reaction,
    });
  }

  /** The last reaction or removal of a user for an emoji of a message. */
  reaction(message: MessageRow, userId: string, emoji: string): Reaction | null {
    const change = this.#reactions.get(keyOf({ message_seq: message.seq, user_id: userId, emoji }));
    const isOut =
      change?.isForgotten === true ||
      this.#withoutReactions.has(message.seq) ||
      this.#clearedRooms.has(message.room_id);
    const given = change?.given ?? null;
    const stored = isOut ? null : this.#ask.reaction.get(message.seq, userId, emoji);
    if (given === null || stored === null) return given ?? stored;
    const isLater = given.depth - stored.depth || (given.event_id > stored.event_id ? 1 : -1);
    return isLater > 0 ? given : stored;
  }

  forgetReaction(message_seq: number, user_id: string, emoji: string): void {
    const of = { message_seq, user_id, emoji };
    this.#reactions.set(keyOf(of), { of, isForgotten: true, given: null });
  }

  clearRoom(roomId: string): void {
    this.#clearedRooms.add(roomId);
    for (const [seq, row] of this.#rows) {
      if (row.room_id !== roomId) continue;
      this.#rows.delete(seq);
      this.#clearReactions(seq);
    }
  }

  effects(): MessageEffects {
    const changes = [...this.#reactions.values()];
    return {
      mentions: this.#mentions,
      clearedRooms: [...this.#clearedRooms],
      goneMessages: [...this.#gone],
      messages: [...this.#rows.values()],
      goneReactionsTo: [...this.#withoutReactions],
      goneReactions: changes.filter(({ isForgotten }) => isForgotten).map(({ of }) => of),
      reactions: changes.flatMap(({ given }) => given ?? []),
    };
  }
}
