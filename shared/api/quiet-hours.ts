import * as v from 'valibot';
import { expectedWhat } from '../words/expected.ts';

const timeOfDay = v.pipe(
  v.string(expectedWhat('time_of_day')),
  v.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, expectedWhat('time_of_day')),
);

/** When no notifications are shown, by the clock of the computer that shows them. May span midnight. */
export const QuietHours = v.object({ from: timeOfDay, to: timeOfDay });
export type QuietHours = v.InferOutput<typeof QuietHours>;

/** `now` in the reader's time zone. Equal times mean the whole day. */
export function isQuiet(hours: QuietHours | null, now: Date): boolean {
  if (hours === null) return false;
  const at = `${String(now.getHours()).padStart(2, '0')}:${String(now.getMinutes()).padStart(2, '0')}`;
  const { from, to } = hours;
  return from < to ? from <= at && at < to : at >= from || at < to;
}
