/** The text of notifications: who and where, never the message itself. */

import type { Api } from '../../../shared/api/contract.ts';
import { eventsReadMax, messageNews, newsText } from '../../../shared/api/message-news.ts';
import { withoutMarkup as plain } from '../../../shared/protocol/coding/plain-text.ts';
import { storeSaid } from '../../../shared/words/said.ts';
import type { Words } from '../../../shared/words/words.ts';
import type { Notice as NodeNotice } from '../../changes.ts';

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** A click opens this route. */
  readonly route: string;
  /** A notice replaces an earlier one with the same key. */
  readonly key: string;
}

type Reads = Pick<Api, 'account' | 'event' | 'room' | 'invites'>;

export const roomRoute = (roomId: string): string => `#/chats/${encodeURIComponent(roomId)}`;

/** New messages from other servers in a room; `null` if the owner doesn't want to be notified. */
export async function messageNotice(
  api: Reads,
  words: Words,
  roomId: string,
  eventIds: readonly string[],
  onUnread: (error: unknown) => void,
): Promise<Notice | null> {
  const news = await messageNews(api, roomId, eventIds, onUnread);
  if (news === null) return null;
  const body = newsText(words.notify, news);
  return { title: news.room, body, route: roomRoute(roomId), key: `room ${roomId}` };
}

interface PendingInvite {
  readonly id: string;
  readonly room_name: string;
  readonly direct: boolean;
  readonly inviter: string;
}

export async function pendingInvites(api: Reads): Promise<PendingInvite[]> {
  const { items } = await api.invites({ limit: eventsReadMax });
  return items.filter(({ status }) => status === 'pending');
}

export const inviteNotice = ({ desktop: { notices } }: Words, invite: PendingInvite): Notice => ({
  title: notices.invite,
  body: invite.direct
    ? notices.wantsToWrite({ name: plain(invite.room_name) })
    : notices.invites({ inviter: plain(invite.inviter), room: plain(invite.room_name) }),
  route: '#/chats',
  key: `invite ${invite.id}`,
});

export const warningNotice = (words: Words, { said }: NodeNotice): Notice => ({
  title: words.desktop.notices.warning,
  body: plain(words.say(said)),
  route: '#/server',
  key: `warning ${storeSaid(said)}`,
});
