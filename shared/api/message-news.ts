import { withoutMarkup as plain } from '../protocol/coding/plain-text.ts';
import type { Api } from './contract.ts';

/** What a notification of new messages can say: who and where, never what was written. */
interface MessageNews {
  readonly room: string;
  /** Who wrote each of those that were read. */
  readonly senders: readonly string[];
  /** There may be more than were read. */
  readonly more: boolean;
}

/** How many are read for one notification; after a night away there may be thousands. */
export const eventsReadMax = 50;

/**
 * New messages that other servers sent to a room; `null` if there is nothing to notify of: there are none, the room is
 * muted, or the user isn't in it. `onUnread` is called for an event that couldn't be read; the others still count.
 */
export async function messageNews(
  api: Pick<Api, 'event' | 'room'>,
  roomId: string,
  eventIds: readonly string[],
  onUnread: (error: unknown) => void,
  as?: string,
): Promise<MessageNews | null> {
  const senders: string[] = [];
  for (const event_id of eventIds.slice(-eventsReadMax)) {
    try {
      const event = await api.event({ event_id });
      if (event.event_type === 'm.message' && event.received_from !== null)
        senders.push(plain(senderOf(event.envelope)));
    } catch (error) {
      onUnread(error);
    }
  }
  if (senders.length === 0) return null;
  const room = await api.room({ room_id: roomId, ...(as === undefined ? {} : { as }) });
  if (room.membership !== 'joined' || room.muted) return null;
  return { room: plain(room.name), senders, more: eventIds.length > eventsReadMax };
}

function senderOf(envelope: string): string {
  const { sender } = JSON.parse(envelope) as { sender?: unknown };
  return typeof sender === 'string' ? sender : '';
}
