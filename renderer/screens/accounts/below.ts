import { isAbove, type Level } from '../../../shared/api/roles.ts';
import type { AccountView } from '../../../shared/api/views/people-views.ts';

/** Whether somebody of this level decides about this account. */
export const isBelow = (level: Level | null, { role }: Pick<AccountView, 'role'>): boolean =>
  level !== null && (role === null || isAbove(level, role));
