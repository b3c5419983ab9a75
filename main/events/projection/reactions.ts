import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import type { MessageRow } from '../../store/tables/rooms/message-store.ts';
import type { RuleTables } from './room-writer.ts';
import { readStored } from './stored.ts';

type Reacts = Meaning & { readonly kind: 'reaction' };

/** Adds or removes a reaction to the message, unless a later one counts. */
export function react({ messages }: RuleTables, seq: number, event: UnsignedEvent, meaning: Reacts): void {
  messages.react({
    message_seq: seq,
    user_id: event.sender,
    emoji: meaning.emoji,
    depth: event.depth,
    event_id: event.event_id,
    given: meaning.add ? 1 : 0,
  });
}

/** A reaction no longer counts. If it was the one that is shown, the one before it does again. */
export function takeBack(
  tables: RuleTables,
  message: MessageRow,
  lost: UnsignedEvent,
  { emoji }: Reacts,
): void {
  const { events, messages } = tables;
  const { sender } = lost;
  if (messages.reaction(message.seq, sender, emoji)?.event_id !== lost.event_id) return;
  messages.forgetReaction(message.seq, sender, emoji);
  for (const row of events.reactionsBy(message.room_id, message, sender)) {
    const { event, meaning, erased } = readStored(row);
    if (erased !== null || meaning.kind !== 'reaction' || meaning.emoji !== emoji) continue;
    react(tables, message.seq, event, meaning);
    return;
  }
}
