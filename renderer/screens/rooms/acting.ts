import { createContext } from 'svelte';
import type { UserView } from '../../../shared/api/views/node-views.ts';

/** Who writes, joins and invites: one of this server's users. */
export interface Acting {
  readonly me: UserView;
  readonly server: string;
  /** A local user's display name; for others, the name in the user id. */
  nameOf(userId: string): string;
  isLocal(userId: string): boolean;
}

export const [useActing, provideActing] = createContext<Acting>();
