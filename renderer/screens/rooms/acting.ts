import { createContext } from 'svelte';
import type { UserView } from '../../../shared/api/views/node-views.ts';

/** The user of this server who writes, joins and invites. */
export interface Acting {
  readonly me: UserView;
  readonly server: string;
  /** A local user's display name; for others, the name in the user id. */
  nameOf(userId: string): string;
  isLocal(userId: string): boolean;
}

export const [useActing, provideActing] = createContext<Acting>();
