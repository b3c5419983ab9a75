import { SvelteMap } from 'svelte/reactivity';
import type { MemberView } from '../../../../shared/api/views/room-views.ts';
import { partsOf } from './people.ts';

/** What members of the rooms that were looked at are called, by their user ID. */
const names = new SvelteMap<string, string>();

export function learnNames(members: readonly MemberView[]): void {
  for (const { user_id, display_name } of members) names.set(user_id, display_name);
}

/** The name of somebody of any server; the user name if they have no other, or nothing is known. */
export const calledHere = (userId: string): string => names.get(userId) ?? partsOf(userId).name;
