import { type Access, by } from './roles.ts';
import type { RoomView, TimelineItem, UnreadView } from './views/room-views.ts';

/**
 * Readers learn *that* something changed, and read again. A change contains names, and where hundreds would read at once,
 * what they would read. `GET /stream` sends each as a server-sent event whose `event` is the topic.
 */
export type Change =
  | { readonly topic: 'room'; readonly room_id: string }
  | {
      readonly topic: 'timeline';
      readonly room_id: string;
      readonly event_id: string;
      /** The message that the event is or changes, as it stands now. Only people who log in get it. */
      readonly item?: TimelineItem;
    }
  /** These users are writing now. It isn't kept: a reader that reconnects doesn't get it. */
  | { readonly topic: 'typing'; readonly room_id: string; readonly users: readonly string[] }
  /** A local user has read more of this room, or muted it or not. */
  | {
      readonly topic: 'read';
      readonly room_id: string;
      readonly user_id: string;
      /** Only people who log in get it. */
      readonly now?: ReadNow;
    }
  | {
      readonly topic: 'members';
      readonly room_id: string;
      /** The user who came, went or was taken out, and gets it, too. */
      readonly about?: string;
    }
  | { readonly topic: 'invites' }
  | { readonly topic: 'peer'; readonly server_name: string }
  | {
      readonly topic: 'delivery';
      readonly destination: string;
      readonly event_id: string;
      readonly outcome: string;
      readonly item?: TimelineItem;
    }
  | { readonly topic: 'outbox'; readonly destination: string }
  | { readonly topic: 'directory'; readonly server_name: string }
  | { readonly topic: 'held'; readonly server_name: string }
  | { readonly topic: 'peer-invites' }
  | { readonly topic: 'doctor' }
  | { readonly topic: 'check'; readonly server_name: string }
  | { readonly topic: 'keys' }
  | { readonly topic: 'settings' }
  | { readonly topic: 'recovery' }
  /** Long work has begun, advanced or ended. */
  | { readonly topic: 'work' }
  /** Tells readers to read everything again: more changed than can be named, or some changes were missed. */
  | { readonly topic: 'resync' }
  /** Somebody's own account, their devices, or what asks to be one of them. */
  | { readonly topic: 'account'; readonly user_id: string }
  /** People who can log in, or links that let them in. */
  | { readonly topic: 'people' }
  | {
      readonly topic: 'notice';
      readonly level: 'info' | 'warning';
      readonly text: string;
      /** The server that it is about, if it is about one. */
      readonly server_name?: string;
    };

/** The room that somebody has read, and what is unread in all rooms, as they would read both now. */
export interface ReadNow {
  readonly room: RoomView;
  readonly total: UnreadView;
}

/** Decides for each change who receives it. */
export const topicAccess: Readonly<Record<Change['topic'], Access>> = {
  room: by('guest', 'room', 'bots'),
  timeline: by('guest', 'room', 'bots'),
  typing: by('guest', 'room'),
  read: by('guest', 'own'),
  members: by('guest', 'room', 'bots'),
  invites: by('child', 'own', 'bots'),
  peer: by('admin', 'node'),
  delivery: by('guest', 'room'),
  outbox: by('admin', 'node'),
  directory: by('admin', 'node'),
  held: by('admin', 'node'),
  'peer-invites': by('admin', 'node'),
  doctor: by('admin', 'node'),
  check: by('admin', 'node'),
  keys: by('machine', 'node'),
  settings: by('admin', 'node'),
  recovery: by('machine', 'node'),
  work: by('admin', 'node'),
  resync: by('guest', 'own', 'bots'),
  account: by('guest', 'own'),
  people: by('admin', 'node'),
  notice: by('admin', 'node'),
};
