import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Listing, listingText, readListing } from '../../../../../shared/protocol/answers/listing.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';

const now = 1_760_000_000_000;
const about = { server: 'b.test', asker: 'a.test', now, isOf: (domain: string) => domain === 'b.test' };
const listing: Listing = {
  users: [{ user_id: '@ann:b.test', display_name: 'Ann' }],
  rooms: [{ room_id: '!7:b.test', name: 'Garden', members: 3 }],
};
const user = (more: object) => ({ ...listing, users: [{ ...listing.users[0], ...more }] }) as Listing;

test('a listing is accepted only by the server it was signed for, near the time it was signed', () => {
  assert.deepEqual(readListing(listingText('b.test', 'a.test', now - 60_000, listing), about), listing);
});

test('a listing of another server, for another asker, from another time, or of another form is refused', () => {
  const many = Array.from({ length: limits.listedMax + 1 }, () => listing.users[0]!);
  const wrong = [
    listingText('c.test', 'a.test', now, listing),
    listingText('b.test', 'c.test', now, listing),
    listingText('b.test', 'a.test', now - limits.aheadMsMax - 1, listing),
    listingText('b.test', 'a.test', now + limits.aheadMsMax + 1, listing),
    listingText('b.test', 'a.test', now, listing).replace('paracord-directory', 'paracord-key-chain'),
    `${listingText('b.test', 'a.test', now, listing)}\n{}`,
    listingText('b.test', 'a.test', now, { ...listing, users: many }),
    listingText('b.test', 'a.test', now, user({ display_name: 'x'.repeat(limits.listedNameCharsMax + 1) })),
    listingText('b.test', 'a.test', now, user({ display_name: 7 })),
    '',
  ];
  for (const text of wrong) assert.throws(() => readListing(text, about), ProtocolError, text.slice(0, 80));
});

test('hidden characters and line breaks in a listed name are shown as such', () => {
  const [read] = readListing(
    listingText('b.test', 'a.test', now, user({ display_name: 'Ann\u202e\nadmin' })),
    about,
  ).users;
  assert.doesNotMatch(read?.display_name ?? '', /[\n\u202e]/);
});
