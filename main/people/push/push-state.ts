/** How a device is notified, and what was measured of it, as its login stores it. */
import type { QuietHours } from '../../../shared/api/quiet-hours.ts';
import type { NoPush } from '../../../shared/api/views/people-views.ts';
import type { Said } from '../../../shared/words/said.ts';

/** A browser got this from its push service. */
export interface Address {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

/** The choices of the device’s user, and what the device says about itself. */
interface Choice {
  readonly language: string;
  readonly time_zone: string;
  readonly shows_text: boolean;
  readonly quiet_hours: QuietHours | null;
}

/** The way to notify a device. */
export interface Subscription extends Address, Choice {}

/** A choice stays while the device is not notified; null if nothing was chosen. */
export type PushState = Subscription | { readonly off: NoPush | 'gone'; readonly chosen: Choice | null };

export function choiceIn(push: PushState | null): Choice | null {
  if (push === null || 'off' in push) return push?.chosen ?? null;
  const { language, time_zone, shows_text, quiet_hours } = push;
  return { language, time_zone, shows_text, quiet_hours };
}

export const readPush = (stored: string | null): PushState | null =>
  stored === null ? null : (JSON.parse(stored) as PushState);

export function subscriptionIn(stored: string | null): Subscription | null {
  const push = readPush(stored);
  return push !== null && 'endpoint' in push ? push : null;
}

interface Test {
  readonly id: string;
  readonly made_at: number;
  readonly accepted_at: number | null;
  readonly shown_at: number | null;
  readonly problem: Said | null;
}

export interface Measured {
  /** Messages that arrived after this place still wait to be sent to the device; null if none do. */
  readonly behind: number | null;
  readonly accepted_at: number | null;
  readonly problem: Said | null;
  readonly test: Test | null;
}

export const readMeasured = (stored: string | null): Measured =>
  stored === null
    ? { behind: null, accepted_at: null, problem: null, test: null }
    : (JSON.parse(stored) as Measured);
