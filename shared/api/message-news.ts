import { isObject, type JsonObject, parseJson } from '../protocol/coding/json.ts';
import { withoutMarkup as plain } from '../protocol/coding/plain-text.ts';
import { filesOf } from '../protocol/events/attachments.ts';
import { type FileKind, kindOf } from '../protocol/file-type.ts';
import type { Words } from '../words/words.ts';
import type { Api } from './contract.ts';

/** A notification of new messages says who wrote and where, never what was written. */
interface MessageNews {
  readonly room: string;
  /** The senders of those that were read, one for each. */
  readonly senders: readonly string[];
  /** There may be more than were read. */
  readonly more: boolean;
  readonly files: SentFiles | null;
}

/** The files that one sender sent without a text. */
interface SentFiles {
  readonly kind: FileKind;
  readonly count: number;
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
  const found: Message[] = [];
  for (const event_id of eventIds.slice(-eventsReadMax)) {
    try {
      const event = await api.event({ event_id });
      if (event.event_type === 'm.message') found.push(messageIn(event.envelope));
    } catch (error) {
      onUnread(error);
    }
  }
  if (found.length === 0) return null;
  const user = (await api.account({})).user_id;
  const room = await api.room({ room_id: roomId });
  const others = found.filter(({ sender }) => sender !== user);
  return room.membership !== 'joined' || room.muted || others.length === 0
    ? null
    : {
        room: plain(room.name),
        senders: others.map(({ sender }) => plain(sender)),
        more: eventIds.length > eventsReadMax,
        files: sentFiles(others),
      };
}

interface Message {
  readonly sender: string;
  readonly hasText: boolean;
  /** The types of its files, as their sender states them. */
  readonly types: readonly (string | null)[];
}

/** The files, if all messages are of one sender and have nothing else. */
export function sentFiles(messages: readonly Message[]): SentFiles | null {
  const isOne = new Set(messages.map(({ sender }) => sender)).size === 1;
  if (!isOne || messages.some(({ hasText, types }) => hasText || types.length === 0)) return null;
  const types = messages.flatMap((message) => message.types);
  return { kind: kindOf(types), count: types.length };
}

/** The text of a notification that shows no text of a message. */
export function newsText(
  { one, some, many, files: filesText }: Words['notify'],
  { senders, more, files }: Omit<MessageNews, 'room'>,
): string {
  const [sender = ''] = senders;
  if (more) return many({ count: eventsReadMax });
  if (files !== null) return filesText({ sender, kind: files.kind, count: files.count });
  return senders.length === 1 ? one({ sender }) : some({ count: senders.length });
}

function messageIn(envelope: string): Message {
  const event = objectIn(parseJson(envelope));
  const content = objectIn(event.get('content'));
  const [sender, body] = [event.get('sender'), content.get('body')];
  return {
    sender: typeof sender === 'string' ? sender : '',
    hasText: typeof body === 'string' && body.trim() !== '',
    types: filesOf(content).map(({ type }) => type),
  };
}

const objectIn = (value: Parameters<typeof isObject>[0]): JsonObject => (isObject(value) ? value : new Map());
