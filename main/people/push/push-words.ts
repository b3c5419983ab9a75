/** What a notification says, as the text of its push message. The worker in the browser shows it as it is. */
import { eventsReadMax } from '../../../shared/api/message-news.ts';
import type { PushMessage } from '../../../shared/api/push-message.ts';
import { withoutMarkup as plain } from '../../../shared/protocol/coding/plain-text.ts';
import { wordsIn } from '../../../shared/words/words.ts';

interface News {
  readonly roomId: string;
  readonly room: string;
  readonly senders: readonly string[];
  readonly more: boolean;
  readonly unread: number;
  /** The newest message, if the device shows texts and it still has one. */
  readonly text: { readonly sender: string; readonly body: string; readonly files: number } | null;
}

export function messagePush(language: string, { roomId, room, senders, more, unread, text }: News): string {
  const { oneMessage, messages, manyMessages, withText, files } = wordsIn(language).desktop.notices;
  const count = senders.length;
  const without = () => (count === 1 ? oneMessage({ sender: plain(senders[0] ?? '') }) : messages({ count }));
  const body =
    text !== null
      ? withText({ sender: plain(text.sender), body: plain(text.body) || files({ count: text.files }) })
      : more
        ? manyMessages({ count: eventsReadMax })
        : without();
  return write({
    title: plain(room),
    body,
    tag: roomId,
    unread,
    test: null,
    route: `#/chats/${encodeURIComponent(roomId)}`,
  });
}

export function testPush(language: string, test: string, unread: number): string {
  const { test: title, testBody: body } = wordsIn(language).desktop.notices;
  return write({ title, body, tag: 'test', route: '#/account', unread, test });
}

const write = (message: PushMessage): string => JSON.stringify(message);
