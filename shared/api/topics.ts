/**
 * Readers learn only *that* something changed, and read again. A change contains names, never content. `GET /stream`
 * sends each as a server-sent event whose `event` is the topic.
 */
export type Change =
  | { readonly topic: 'room'; readonly room_id: string }
  | { readonly topic: 'timeline'; readonly room_id: string; readonly event_id: string }
  /** A local user has read more of this room, or muted it or not. */
  | { readonly topic: 'read'; readonly room_id: string }
  | { readonly topic: 'members'; readonly room_id: string }
  | { readonly topic: 'invites' }
  | { readonly topic: 'peer'; readonly server_name: string }
  | {
      readonly topic: 'delivery';
      readonly destination: string;
      readonly event_id: string;
      readonly outcome: string;
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
  /** More than can be named, or some changes were missed: read everything again. */
  | { readonly topic: 'resync' }
  | { readonly topic: 'notice'; readonly level: 'info' | 'warning'; readonly text: string };
