import { unformatted } from '../../shared/api/formatting/unformatted.ts';
import { listedMentions, mentionedIds, withNames } from '../../shared/protocol/events/body.ts';
import { type Stored, wordsOf } from '../events/projection/stored.ts';
import type { Tables } from '../store/ports.ts';
import type { TimelineRow } from '../store/tables/rooms/message-store.ts';

const textMax = 200;
/** A mark finds its partner beyond what is shown. */
const formattedMax = 1000;

/**
 * The beginning of a text, for one line: without the marks that format it, and with the names of the numbers that `nameOf`
 * knows. Cuts first, because a text may be a mebibyte of mentions.
 */
export const textBegin = (words: string, nameOf: Parameters<typeof withNames>[1]): string =>
  beginOf(unformatted(withNames(beginOf(words, formattedMax), nameOf)), textMax);
const beginOf = (text: string, max: number): string => [...text.slice(0, 2 * max)].slice(0, max).join('');

/** The text of a message: of its own event, which was read already, or of an edit. */
export function currentWords({ seq, text_seq, text_body }: TimelineRow, stored: Stored): string | null {
  if (text_seq !== seq) return wordsOf(text_body);
  return stored.erased === null && stored.meaning.kind === 'message' ? stored.meaning.body : null;
}

/** Finds the users meant by the numbers in a text, which are those of the server where the message was written. */
export function mentionsIn(
  store: Tables<'remoteUsers'>,
  row: TimelineRow,
  stored: Stored,
): { readonly id: string; readonly user_id: string }[] {
  const known = new Map<string, string>();
  const ids = mentionedIds(currentWords(row, stored) ?? '');
  for (const id of ids) {
    const user = store.remoteUsers.userAt(row.origin_server, row.room_id, id);
    if (user !== undefined) known.set(id, user);
  }
  const [unknown, ...more] = ids.filter((id) => !known.has(id));
  // An edit may mention others than the list of the first text.
  if (unknown !== undefined && more.length === 0 && row.edited_at === null) {
    const named = new Set(known.values());
    const [listed, ...others] = listedMentions(stored.event.content).filter((user) => !named.has(user));
    if (listed !== undefined && others.length === 0) known.set(unknown, listed);
  }
  return [...known].map(([id, user_id]) => ({ id, user_id }));
}

/** Names the users that numbers in the text of a message mention. */
export function mentionNames(
  store: Parameters<typeof mentionsIn>[0],
  row: TimelineRow,
  stored: Stored,
): (id: string) => string | undefined {
  const known = mentionsIn(store, row, stored);
  return (id) => known.find((mention) => mention.id === id)?.user_id.slice(1);
}
