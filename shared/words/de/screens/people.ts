import type { people as english } from '../../en/screens/people.ts';
import type { Translation } from '../../messages.ts';

export const people: Translation<typeof english> = {
  title: 'Personen',
  list: 'Deine Freunde',
  serverOf: '{name}s Server',
  serverOfS: '{name}’ Server',
  empty: {
    title: 'Noch niemand da',
    hint: 'Schick jemandem einen Einladungslink, oder öffne einen, den du bekommen hast.',
  },
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
  away: 'Gerade keine Antwort. {count, plural, =0 {Was du schreibst, wartet.} one {# Nachricht wartet.} other {# Nachrichten warten.}}',
  rooms: 'Gemeinsame Chats',
  more: 'Mehr zu dieser Person',
  there: 'Personen dort',
  find: 'Jemanden finden',
  findHint: 'Ein Name oder ein Teil davon. Bis zu 20 Personen werden gezeigt.',
  foundNobody: 'Niemand mit diesem Namen.',
  person: {
    since: 'hier seit {day}',
    message: 'Nachricht schreiben',
    devices: 'Geräte',
    noDevices: 'Nirgends angemeldet.',
  },
  startedOver: {
    title: '{name} hat neu angefangen?',
    explain:
      'Jemand hat deine Einladung als {server} geöffnet, mit einem neuen Schlüssel. Als dieselbe Person zulassen?',
    letIn: 'Zulassen',
    notThem: 'Das ist nicht {name}',
    ask: '{name} als dieselbe Person zulassen?',
    compare: 'Frag {name}, am besten am Telefon, ob der Server dort diese Wörter zeigt.',
    claims: 'Einen Namen kann jeder angeben.',
    from: 'Von da an gilt der neue Schlüssel, und der alte öffnet nichts mehr.',
    before: 'Was {name} vorher geschrieben hat, bleibt, und bleibt geprüft.',
    after:
      'Der neue Server von {name} kann das nicht prüfen; dort ist zu lesen, was die anderen geschrieben haben.',
    done: '{name} ist wieder zugelassen.',
    waiting: 'Du hast {name} zugelassen. Der Server dort meldet sich innerhalb einer Minute.',
    refuseTitle: 'Das ist nicht {name}?',
    refuse: 'Abweisen',
    refuseWill:
      'Die verwendete Einladung wird zurückgezogen, und für {name}, wie du sie oder ihn kennst, ändert sich nichts.',
    refused: 'Abgewiesen. Die Einladung ist zurückgezogen.',
  },
};
