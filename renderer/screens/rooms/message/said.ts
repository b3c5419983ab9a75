import type { TimelineItem } from '../../../../shared/api/views/views.ts';
import { withNames } from '../../../../shared/protocol/events/body.ts';
import { text } from '../../../text/text.ts';

/** What a message says, with names in place of the numbers it mentions people by. */
export function bodyOf(
  { body, mentions }: Pick<TimelineItem, 'body' | 'mentions'>,
  nameOf: (userId: string) => string,
): string {
  return withNames(body ?? '', (id) => {
    const known = mentions.find((mention) => mention.id === id);
    return known && nameOf(known.user_id);
  });
}

/** The same in one line; for a message without text, the names of its files. */
export function lineOf(item: TimelineItem, nameOf: (userId: string) => string): string {
  const body = bodyOf(item, nameOf);
  return body === '' && item.files.length > 0
    ? text.rooms.message.files({ count: item.files.length, server: item.origin_server })
    : body;
}
