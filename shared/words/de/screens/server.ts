import type { server as english } from '../../en/screens/server.ts';
import type { Translation } from '../../messages.ts';

export const server: Translation<typeof english> = {
  title: 'Server',
  sectionsLabel: 'Unter „Server“',
  sections: {
    status: 'Status',
    connections: 'Verbindungen',
    deliveries: 'Zustellung',
    network: 'Netzwerk',
    keys: 'Schlüssel und Backup',
    settings: 'Einstellungen',
  },
  back: {
    title: 'Dein Server ist zurück',
    explain: {
      restored: 'Ein Backup wurde wiederhergestellt. Drei Schritte, und alles ist wie vorher.',
      recovered: 'Die Wiederherstellungsdatei wurde geöffnet. Drei Schritte, und alles ist wie vorher.',
    },
    friends: {
      title: '1. Deine Freunde wiederfinden',
      none: 'Darin sind keine Freunde. Lade sie ein. Dann schicken sie dir, was sie von dir haben.',
      looking: 'Antwortet noch nicht. Dein Server versucht es weiter.',
      found: '{n, plural, =0 {ist da} one {# Nachricht} other {# Nachrichten}}',
      held: '{n, plural, one {Ein Raum wird noch gelesen. Bis dahin kann niemand darin schreiben.} other {# Räume werden noch gelesen. Bis dahin kann niemand darin schreiben.}}',
    },
    trust: {
      title: '2. Prüfen, wem du vertraust',
      explain: 'Diese Liste ist vom Tag des Backups oder der Datei. Spätere Blockierungen sind weg.',
      confirm: 'So stimmt es',
      done: 'Geprüft.',
    },
    end: {
      title: '3. Was zurückkam',
      nothing: 'Von dir hat nichts gefehlt.',
      counts: {
        messages: '{n, plural, one {# Ereignis von dir} other {# Ereignisse von dir}}',
        rooms: '{n, plural, one {# Raum} other {# Räume}}',
        users: '{n, plural, one {# Benutzer} other {# Benutzer}}',
        keys: '{n, plural, one {# Schlüssel} other {# Schlüssel}}',
      },
      missing:
        '{n, plural, one {# Eintrag, den} other {# Einträge, die}} andere kennen, {n, plural, one {ließ} other {ließen}} sich nicht zurückholen.',
      show: 'Zeigen',
      done: 'Fertig',
      hint: 'Freunde, die noch nicht geantwortet haben, werden auch später gefunden.',
    },
    open: 'Dein Server ist zurück.',
    go: 'Drei Schritte fehlen noch',
  },
};
