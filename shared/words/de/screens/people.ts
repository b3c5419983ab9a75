import type { people as english } from '../../en/screens/people.ts';
import type { Translation } from '../../messages.ts';

export const people: Translation<typeof english> = {
  title: 'Personen',
  list: 'Deine Freunde',
  empty: {
    title: 'Noch niemand da',
    hint: 'Schick jemandem einen Einladungslink, oder öffne einen, den du bekommen hast.',
  },
  held: '{count, plural, one {# zu prüfen} other {# zu prüfen}}',
  queued: '{count, plural, one {# wartet} other {# warten}}',
  unknown: 'Dort kennst du niemanden',
  unknownHint: 'Lade jemanden von dort ein, oder öffne eine Einladung von dort.',
  back: 'Alle Personen',
  menu: 'Mehr zu {name}',
  server: 'auf {server}',
  details: 'Details zur Verbindung',
  block: 'Blockieren …',
  unblock: 'Nicht mehr blockieren …',
  review: 'Prüfen',
  fix: 'Was zu tun ist',
  rooms: 'Gemeinsame Chats',
  there: 'Personen dort',
};
