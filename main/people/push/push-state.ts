/** How a device is notified, as its login stores it. */
import type { QuietHours } from '../../../shared/api/quiet-hours.ts';
import type { NoPush } from '../../../shared/api/views/people-views.ts';

/** Where and how a device is notified. */
export interface Subscription {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
  readonly language: string;
  readonly time_zone: string;
  readonly shows_text: boolean;
  readonly quiet_hours: QuietHours | null;
}

export type PushState = Subscription | { readonly off: NoPush | 'gone' };

export const readPush = (stored: string | null): PushState | null =>
  stored === null ? null : (JSON.parse(stored) as PushState);

export function subscriptionIn(stored: string | null): Subscription | null {
  const push = readPush(stored);
  return push !== null && 'endpoint' in push ? push : null;
}
