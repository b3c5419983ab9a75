import { withoutMarkup as plain } from '../protocol/coding/plain-text.ts';
import type { Api } from './contract.ts';

/** What a notification of new messages can say: who and where, never what was written. */
interface MessageNews {
  readonly room: string;
  /** The senders of those that were read, one for each. */
  readonly senders: readonly string[];
  /** There may be more than were read. */
  readonly more: boolean;
}

/** How many are read for one notification; after a night away there may be thousands. */
export const eventsReadMax = 50;

/**
 * New messages of others in a room; `null` if there is nothing to notify of: no message is new, the room is muted, or
 * the user isn't in it. `onUnread` is called for an event that couldn't be read; the others still count.
 */
export async function messageNews(
  api: Pick<Api, 'account' | 'event' | 'room'>,
  roomId: string,
  eventIds: readonly string[],
  onUnread: (error: unknown) => void,
): Promise<MessageNews | null> {
  const found: string[] = [];
  for (const event_id of eventIds.slice(-eventsReadMax)) {
    try {
      const event = await api.event({ event_id });
      if (event.event_type === 'm.message') found.push(senderOf(event.envelope));
    } catch (error) {
      onUnread(error);
    }
  }
  if (found.length === 0) return null;
  const user = (await api.account({})).user_id;
  const room = await api.room({ room_id: roomId });
  const senders = found.filter((each) => each !== user).map(plain);
  return room.membership !== 'joined' || room.muted || senders.length === 0
    ? null
    : { room: plain(room.name), senders, more: eventIds.length > eventsReadMax };
}

function senderOf(envelope: string): string {
  const { sender } = JSON.parse(envelope) as { sender?: unknown };
  return typeof sender === 'string' ? sender : '';
}
