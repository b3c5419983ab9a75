import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ago, briefTime, dateOf, dayName, duration } from '../../../../../renderer/parts/time/time.ts';
import { speak } from '../../../../../renderer/text/text.ts';

const noon = new Date(2026, 10, 22, 12).getTime();
const day = 86_400_000;

afterEach(() => speak('en'));

test('times and spans are written as the reader’s language writes them', async () => {
  assert.equal(ago(noon - 180_000, noon), '3 minutes ago');
  assert.equal(ago(noon - 10_000, noon), 'just now');
  assert.equal(duration(2_500), '2.5 sec');
  assert.equal(duration(0.2), '<1 ms');
  assert.equal(duration(3 * day), '3 days');
  assert.equal(dateOf(noon), 'Nov 22, 2026');
  assert.equal(dayName(noon - day, noon), 'Yesterday');
  assert.equal(dayName(noon - 3 * day, noon), 'Thursday, November 19, 2026');
  await speak('de');
  assert.equal(ago(noon - 180_000, noon), 'vor 3 Minuten');
  assert.equal(duration(2_500), '2,5 Sek.');
  assert.equal(duration(3 * day), '3 Tage');
  assert.equal(dateOf(noon), '22.11.2026');
  assert.equal(dayName(noon - day, noon), 'Gestern');
  assert.equal(dayName(noon - 3 * day, noon), 'Donnerstag, 19. November 2026');
});

test('a list of chats says the time of today, then the day of the week, then the date', async () => {
  const brief = (daysAgo: number) => briefTime(noon - daysAgo * day, noon);
  assert.deepEqual([0, 1, 6, 7, 400].map(brief), ['12:00 PM', 'Sat', 'Mon', 'Nov 15', 'Oct 18, 2025']);
  assert.equal(briefTime(noon + 1, noon), '12:00 PM', 'a clock that is ahead');
  await speak('de');
  assert.deepEqual([0, 1, 7].map(brief), ['12:00', 'Sa', '15. Nov.']);
});
