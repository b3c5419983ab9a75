import type { FileView, TimelineItem } from '../../shared/api/views/room-views.ts';

export const file = (name: string, size: number | null = null): FileView => ({
  name,
  size,
  content_type: null,
  width: null,
  height: null,
  thumbhash: null,
  place: 'named',
});

/** The `n`th message of a room in which two people write alternately. */
export const message = (n: number): TimelineItem => ({
  event_id: `$${n}:a.test`,
  channel_id: '1',
  message_id: String(n),
  sender: n % 2 === 0 ? '@a:a.test' : '@b:b.test',
  origin_server: n % 2 === 0 ? 'a.test' : 'b.test',
  origin_ts: 1_000_000 + n,
  depth: 1_000_000 + n,
  arrival: n,
  mentions_me: false,
  body: `message ${n}`,
  edited_at: null,
  deleted: false,
  unverified: false,
  deleted_by: null,
  files: [],
  files_signed: true,
  mentions: [],
  reply_to: null,
  forwarded: false,
  reactions: [],
  delivery: { total: 0, delivered: 0, destinations: [], not_shown_at: null },
});
