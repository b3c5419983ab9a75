import type { AccountView } from '../../../shared/api/views/people-views.ts';
import { text } from '../../text/text.ts';

/**
 * Says on how many devices somebody is logged in. Null for people who can't log in, and for an owner without a device:
 * the console of this computer isn't one.
 */
export const devicesOf = ({
  role,
  removed_at,
  devices,
}: Pick<AccountView, 'role' | 'removed_at' | 'devices'>): string | null =>
  role === null || removed_at !== null || (role === 'owner' && devices === 0)
    ? null
    : text.accounts.devices({ count: devices });
