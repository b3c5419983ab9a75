import type { cliData as english } from '../en/cli-data.ts';
import type { Translation } from '../messages.ts';

export const cliData: Translation<typeof english> = {
  people: {
    link: 'Gilt einmal, wenn du nichts anderes gesagt hast. Läuft ab: {until}. Wer den Link hat, kann ihn verwenden, also schick ihn nur einer Person. Er wird nur jetzt angezeigt.',
    roleChanged: 'Die Rolle von {user} wurde geändert. Alle Geräte von {user} sind abgemeldet.',
    removed: '{user} wurde entfernt. Alle Geräte von {user} sind abgemeldet.',
    deviceLoggedOut: 'Das Gerät {device} ist abgemeldet.',
    loggedOut: 'Alle Geräte von {user} sind abgemeldet.',
    noAccount: 'kann sich nicht anmelden',
    renamed: '{user} heißt jetzt {name}.',
    picture: 'Bild: {hash}',
    noPicture: 'Kein Bild.',
    wasRemoved: 'entfernt',
    none: 'Noch kann sich niemand anmelden.',
    allowed: '{user} darf in {room} sein.',
    refused: '{user} darf nicht in {room} sein.',
    withdrawn: 'Die Erlaubnis von {other} für {user} ist zurückgenommen.',
    noAsks: 'Kein Kind wartet auf eine Antwort.',
    noneAllowed: 'Noch ist nichts erlaubt.',
    noDevices: 'Kein Gerät ist angemeldet.',
  },

  access: {
    backedUp: 'Backup in {folder} ({size}) gespeichert und geprüft.',
    restored:
      'Das Backup von {server} ist geprüft, mit {events, plural, one {# Ereignis} other {# Ereignissen}} in {rooms, plural, one {# Raum} other {# Räumen}}. Dein Server startet jetzt neu als {server}.',
    noBackups: 'Noch keine Backups.',
    moved:
      'Die Daten sind jetzt in {place}: {tables, plural, one {# Tabelle} other {# Tabellen}} mit {rows, plural, one {# Zeile} other {# Zeilen}}, auf beiden Seiten verglichen. {kept}',
    tokenMade:
      'Dieses Token schreibt als {user}. Es wird nur jetzt angezeigt. Mit „paracord-node tokens revoke {id}“ ziehst du es zurück.',
    tokenRevoked: '{id} zurückgezogen.',
    noTokens: 'Noch keine Token.',
    diagnostics:
      '{path} gespeichert. Lies die Datei, bevor du sie weitergibst: Sie enthält Servernamen und Adressen.',
    recoveryFile:
      '{path} gespeichert. Bewahre die Datei auf einem anderen Gerät auf und die Passphrase an einem anderen Ort. Wer beides hat, kann als dein Server auftreten.',
    recovered:
      '{server} ist wieder da und fragt seine Peers nach dem, was verloren ging. „paracord-node recovery“ zeigt, was zurückkommt.',
  },

  drill: {
    backup: 'Neuestes Backup: {folder}, erstellt {at}.',
    fine: 'Dein Server kann damit starten. {n, plural, one {Sein # Ereignis ist} other {Seine # Ereignisse sind}} unversehrt.',
    lacks: 'Wenn du es jetzt wiederherstellst, fehlt:',
    nothing: 'nichts',
    names: {
      events: 'Ereignisse',
      rooms: 'Räume',
      users: 'Benutzer',
      keys: 'Signaturschlüssel',
      files: 'Dateien von Nachrichten',
      decisions: 'Vertrauen in Peers',
    },
    events:
      '{n, plural, one {# Ereignis} other {# Ereignisse}}. {here, plural, =0 {Peers haben sie alle.} one {# davon ist auf keinem anderen Server.} other {# davon sind auf keinem anderen Server.}}',
    keys: '{n, plural, one {# Schlüssel} other {# Schlüssel}}. Eine Wiederherstellungsdatei mit den jetzigen Schlüsseln („keys export“) bringt sie zurück.',
    files:
      '{n, plural, one {# Datei} other {# Dateien}} von Nachrichten. Andere im Raum haben sie vielleicht.',
  },

  recovery: {
    none: 'Dein Server hat nichts verloren, soweit er weiß. „paracord-node recovery start“ fragt alle Peers, was sie über ihn wissen.',
    names: {
      since: 'Seit',
      state: 'Räume',
      recovered: 'Zurückgeholt',
      elsewhere: 'Anderswo bekannt',
      lost: 'Verloren',
      answered: 'Peers, die geantwortet haben',
      unanswered: 'Noch zu fragen',
    },
    since:
      '{at} {why, select, restored {(ein Backup wurde wiederhergestellt)} recovered {(die Identität wurde wiederhergestellt)} other {(du hast es verlangt)}}',
    done: 'offen zum Schreiben',
    held: '{n, plural, one {# Raum wird noch gelesen. Bis dahin, oder bis {until}, kannst du darin nicht schreiben.} other {# Räume werden noch gelesen. Bis dahin, oder bis {until}, kannst du darin nicht schreiben.}}',
    recovered:
      '{events, plural, one {# Ereignis} other {# Ereignisse}}, {rooms, plural, one {# Raum} other {# Räume}}, {users, plural, one {# Benutzer} other {# Benutzer}}, {keys, plural, one {# Schlüssel} other {# Schlüssel}}',
    elsewhere:
      '{n, plural, =0 {nichts} one {# Raum, aus dem ein Peer Personen von hier kennt. Um ihn zurückzubekommen, tritt ihm wieder bei.} other {# Räume, aus denen Peers Personen von hier kennen. Um sie zurückzubekommen, tritt ihnen wieder bei.}}',
    lost: '{n, plural, =0 {nichts} one {# Raum oder Schlüssel deines Servers, für den kein Schlüssel hier bürgt} other {# Räume und Schlüssel deines Servers, für die kein Schlüssel hier bürgt}}',
    kinds: { room: 'Raum', user: 'Benutzer', key: 'Schlüssel' },
    outcomes: { recovered: 'zurückgeholt', elsewhere: 'anderswo bekannt', lost: 'verloren' },
    unconfirmed:
      'Deine Vertrauensliste stammt aus dem Backup oder der Wiederherstellungsdatei, und was du seitdem entschieden hast, ist weg. Ändere, was nicht stimmt, und führ dann „paracord-node recovery confirm“ aus:',
  },
};
