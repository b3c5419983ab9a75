/** Writes a notification as the text of its push message. The worker in the browser shows it as it is. */
import { unformatted } from '../../../shared/api/formatting/unformatted.ts';
import { newsText, sentFiles } from '../../../shared/api/message-news.ts';
import type { PushMessage } from '../../../shared/api/push-message.ts';
import { withoutMarkup as plain } from '../../../shared/protocol/coding/plain-text.ts';
import { wordsIn } from '../../../shared/words/words.ts';

interface News {
  readonly roomId: string;
  readonly room: string;
  readonly messages: readonly PushedMessage[];
  readonly more: boolean;
  readonly unread: number;
  /** Whether the device shows the text of the newest message. */
  readonly showsText: boolean;
}

interface PushedMessage {
  readonly sender: string;
  /** Null if nothing is left of it. */
  readonly text: string | null;
  /** The types of its files, as their sender states them. */
  readonly types: readonly (string | null)[];
}

export function messagePush(
  language: string,
  { roomId, room, messages, more, unread, showsText }: News,
): string {
  const { notify, desktop } = wordsIn(language);
  const newest = showsText ? messages.at(-1) : undefined;
  const text = plain(unformatted(newest?.text ?? ''));
  const read = newest && newest.text !== null ? [newest] : messages;
  const body =
    newest && text !== ''
      ? desktop.notices.withText({ sender: plain(newest.sender), body: text })
      : newsText(notify, {
          senders: read.map(({ sender }) => plain(sender)),
          files: sentFiles(
            read.map((one) => ({ sender: one.sender, types: one.types, hasText: one.text !== '' })),
          ),
          more: more && read === messages,
        });
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
