import { perLocale, withUnit } from '../../text/format.ts';
import { text } from '../../text/text.ts';

const units = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;
const relative = perLocale((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
const clock = perLocale((locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'short' }));
const weekday = perLocale((locale) => new Intl.DateTimeFormat(locale, { weekday: 'short' }));
const dayAndMonth = perLocale(
  (locale) => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }),
);
const date = perLocale((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'full' }));
const day = perLocale((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }));
const short = perLocale(
  (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
);
const full = perLocale(
  (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }),
);

/** Unix milliseconds as “3 minutes ago” or “in 2 hours”. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const unit = units.find(([, size]) => Math.abs(seconds) >= size);
  return unit ? relative().format(Math.trunc(seconds / unit[1]), unit[0]) : text.time.now;
}

/** Milliseconds as “4 ms”, “2.5 sec”, “3 min”. */
export function duration(ms: number): string {
  if (ms < 1) return `<${withUnit(1, 'millisecond')}`;
  if (ms < 1000) return withUnit(ms, 'millisecond');
  const digits = ms < 10_000 ? 1 : 0;
  if (ms < 60_000)
    return withUnit(ms / 1000, 'second', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (ms < 3_600_000) return withUnit(ms / 60_000, 'minute');
  return ms < 172_800_000
    ? withUnit(ms / 3_600_000, 'hour')
    : withUnit(ms / 86_400_000, 'day', { unitDisplay: 'long' });
}

/** Milliseconds as “0:09”, “12:30”, “1:00:00”. */
export function countdown(ms: number): string {
  const all = Math.ceil(ms / 1000);
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (count: number) => String(count).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export const clockTime = (at: number): string => clock().format(at);
export const dateOf = (at: number): string => day().format(at);
/** Writes an appointment, such as an expiry, of which nobody counts the seconds. */
export const dayAndTime = (at: number): string => short().format(at);
export const fullTime = (at: number): string => full().format(at);

/** Midnight of the day, in the owner's time zone; equal for two times of one day. */
export const dayOf = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** Unix milliseconds as a list of chats says them: today's time, a day of this week, a date. */
export function briefTime(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return clock().format(at);
  if (days < 7) return weekday().format(at);
  return days < 300 ? dayAndMonth().format(at) : day().format(at);
}

const daysBetween = (at: number, now: number): number => Math.round((dayOf(now) - dayOf(at)) / 86_400_000);

export function dayName(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return text.time.today;
  return days === 1 ? text.time.yesterday : date().format(at);
}
