import * as v from 'valibot';
import { expectedWhat } from '../words/expected.ts';

const timeOfDay = v.pipe(
  v.string(expectedWhat('time_of_day')),
  v.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, expectedWhat('time_of_day')),
);

/** When no notifications are shown, by the clock of the device that shows them. May span midnight. */
export const QuietHours = v.object({ from: timeOfDay, to: timeOfDay });
export type QuietHours = v.InferOutput<typeof QuietHours>;

/** Decides by this computer's clock, or in a time zone such as `Europe/Berlin`. Equal times mean the whole day. */
export function isQuiet(hours: QuietHours | null, now: Date, timeZone?: string): boolean {
  if (hours === null) return false;
  const at = now.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
  const { from, to } = hours;
  return from < to ? from <= at && at < to : at >= from || at < to;
}
