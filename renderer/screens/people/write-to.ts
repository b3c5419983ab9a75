import { router } from '../../app/router.svelte.ts';
import { failureOf } from '../../node/failure.ts';
import type { NodeLink } from '../../node/node-link.ts';
import { toasts } from '../../parts/notes/toasts.svelte.ts';

/** Opens the direct chat with somebody; as a local user, or as the owner. */
export async function writeTo({ api }: NodeLink, person: string, as?: string): Promise<void> {
  try {
    router.go('chats', (await api.startDirect({ person, as })).room_id);
  } catch (error) {
    toasts.say(failureOf(error).message, { kind: 'warning' });
  }
}
