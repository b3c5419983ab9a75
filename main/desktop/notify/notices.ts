/** What a notification says: who and where, never what was written. */

import type { Api } from '../../../shared/api/contract.ts';
import { withoutMarkup as plain } from '../../../shared/protocol/coding/plain-text.ts';
import { storeSaid } from '../../../shared/words/said.ts';
import type { Words } from '../../../shared/words/words.ts';
import type { Notice as NodeNotice } from '../../changes.ts';

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** Where a click leads. */
  readonly route: string;
  /** A notice replaces an earlier one with the same key. */
  readonly key: string;
}

type Reads = Pick<Api, 'event' | 'room' | 'invites'>;

export const roomRoute = (roomId: string): string => `#/rooms/${encodeURIComponent(roomId)}`;

/** Looked at for one notification; after a night away there may be thousands. */
export const eventsReadMax = 50;

/** New messages that other servers sent into a room; `null` when there are none. One that cannot be read is left out. */
export async function messageNotice(
  api: Reads,
  words: Words,
  roomId: string,
  eventIds: readonly string[],
  onUnread: (error: unknown) => void,
): Promise<Notice | null> {
  const senders: string[] = [];
  for (const event_id of eventIds.slice(-eventsReadMax)) {
    try {
      const event = await api.event({ event_id });
      if (event.event_type === 'm.message' && event.received_from !== null)
        senders.push(senderOf(event.envelope));
    } catch (error) {
      onUnread(error);
    }
  }
  if (senders.length === 0) return null;
  const room = await api.room({ room_id: roomId });
  if (room.membership !== 'joined') return null;
  const { oneMessage, messages, manyMessages } = words.desktop.notices;
  const count = senders.length;
  const body =
    eventIds.length > eventsReadMax
      ? manyMessages({ count: eventsReadMax })
      : count === 1
        ? oneMessage({ sender: plain(senders[0] ?? '') })
        : messages({ count });
  return {
    title: plain(room.name),
    body,
    route: roomRoute(roomId),
    key: `room ${roomId}`,
  };
}

export interface PendingInvite {
  readonly id: string;
  readonly room_name: string;
  readonly inviter: string;
}

export async function pendingInvites(api: Reads): Promise<PendingInvite[]> {
  const { items } = await api.invites({ limit: eventsReadMax });
  return items.filter(({ status }) => status === 'pending');
}

export const inviteNotice = ({ desktop: { notices } }: Words, invite: PendingInvite): Notice => ({
  title: notices.invite,
  body: notices.invites({ inviter: plain(invite.inviter), room: plain(invite.room_name) }),
  route: '#/rooms',
  key: `invite ${invite.id}`,
});

export const warningNotice = (words: Words, { said }: NodeNotice): Notice => ({
  title: words.desktop.notices.warning,
  body: plain(words.say(said)),
  route: '#/overview',
  key: `warning ${storeSaid(said)}`,
});

function senderOf(envelope: string): string {
  const { sender } = JSON.parse(envelope) as { sender?: unknown };
  return typeof sender === 'string' ? sender : '';
}
