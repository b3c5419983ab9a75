/** Messages in rooms. */
import * as v from 'valibot';
import { limits } from '../../protocol/limits.ts';
import { expected, expectedWhat } from '../../words/expected.ts';
import { by } from '../roles.ts';
import { EventView, SearchHit, TimelineItem } from '../views/room-views.ts';
import {
  as,
  body,
  channelId,
  clientKey,
  emoji,
  eventId,
  inRoom,
  listOf,
  moment,
  paging,
  roomId,
  searchWords,
  text,
  uploadId,
  yes,
} from './fields.ts';
import { procedure } from './procedure.ts';

const { filesMax } = limits;
/** Uploads that are complete. */
const uploads = v.pipe(
  v.array(uploadId, expectedWhat('list')),
  v.maxLength(filesMax, expected('at_most_items', { max: filesMax })),
);

export const messagesContract = {
  timeline: procedure(
    'GET',
    '/rooms/{room_id}/timeline',
    'Messages as they stand now, newest first',
    by('guest', 'room', 'bots'),
    v.object({ ...inRoom, channel_id: v.optional(channelId), ...paging }),
    listOf(TimelineItem),
  ),
  search: procedure(
    'GET',
    '/search',
    'Find messages in the rooms you are in, newest first; a page may have fewer than there are, and say where to go on',
    by('guest', 'room', 'bots'),
    v.object({
      words: v.optional(searchWords),
      room_id: v.optional(roomId),
      from: v.optional(text('search_from', 512)),
      before: v.optional(moment),
      after: v.optional(moment),
      has_file: v.optional(yes),
      ...paging,
      ...as,
    }),
    v.object({
      ...listOf(SearchHit).entries,
      /** `false` while older or newer messages still have to be made ready, for example after a backup was restored. */
      complete: v.boolean(),
    }),
  ),
  pinnedMessages: procedure(
    'GET',
    '/rooms/{room_id}/pinned',
    'Pinned messages that are here, the last one that was pinned first',
    by('guest', 'room', 'bots'),
    v.object({ room_id: roomId }),
    listOf(TimelineItem),
  ),
  postMessage: procedure(
    'POST',
    '/rooms/{room_id}/messages',
    'Post a message, into the channel of the message that it answers, or the first one, unless one is named; with files, the text may be missing; or forward what another message says, with its files',
    by('guest', 'room', 'bots'),
    v.object({
      ...inRoom,
      body: v.optional(body),
      uploads: v.optional(uploads),
      reply_to: v.optional(eventId),
      forwards: v.optional(eventId),
      channel_id: v.optional(channelId),
      ...clientKey,
    }),
    v.object({ event_id: v.string(), message_id: v.string() }),
  ),
  editMessage: procedure(
    'PATCH',
    '/rooms/{room_id}/messages/{event_id}',
    'Edit a message of one of our users',
    by('guest', 'room', 'bots'),
    v.object({ ...inRoom, event_id: eventId, body, ...clientKey }),
    v.object({ event_id: v.string() }),
  ),
  deleteMessage: procedure(
    'DELETE',
    '/rooms/{room_id}/messages/{event_id}',
    'Delete a message: the author may, and the owner of a room homed here',
    by('guest', 'room', 'bots'),
    v.object({ ...inRoom, event_id: eventId, ...clientKey }),
    v.object({ event_id: v.string() }),
  ),
  react: procedure(
    'PUT',
    '/rooms/{room_id}/messages/{event_id}/reactions/{emoji}',
    'React to a message',
    by('guest', 'room', 'bots'),
    v.object({ ...inRoom, event_id: eventId, emoji, ...clientKey }),
    v.object({ event_id: v.string() }),
  ),
  unreact: procedure(
    'DELETE',
    '/rooms/{room_id}/messages/{event_id}/reactions/{emoji}',
    'Take a reaction back',
    by('guest', 'room', 'bots'),
    v.object({ ...inRoom, event_id: eventId, emoji, ...clientKey }),
    v.object({ event_id: v.string() }),
  ),
  event: procedure(
    'GET',
    '/events/{event_id}',
    'One event: its envelope, where it came from, how its delivery went; 410 if its text was erased',
    by('guest', 'room', 'bots'),
    v.object({ event_id: eventId }),
    EventView,
  ),
} as const;
