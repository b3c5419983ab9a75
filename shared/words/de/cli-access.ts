import type { cliAccess as english } from '../en/cli-access.ts';
import type { Translation } from '../messages.ts';

export const cliAccess: Translation<typeof english> = {
  access: {
    backedUp: 'Backup in {folder} ({size}) gespeichert und geprüft.',
    noBackups: 'Noch keine Backups.',
    tokenMade:
      'Dieses Token handelt als {user}. Es wird nur jetzt angezeigt. „paracord-node tokens revoke {id}“ widerruft es.',
    tokenRevoked: '{id} widerrufen.',
    noTokens: 'Noch keine Token.',
    diagnostics:
      '{path} gespeichert. Lies die Datei, bevor du sie weitergibst: Sie enthält Servernamen und Adressen.',
    recoveryFile:
      '{path} gespeichert. Bewahre die Datei auf einem anderen Gerät auf und die Passphrase an einem anderen Ort. Wer beides hat, kann als dieser Server auftreten.',
    recovered:
      'Dieser Node ist wieder {server}. Füge jetzt seine Peers wieder hinzu. Der Node fragt sie, was er wusste. „paracord-node recovery“ zeigt, was zurückkommt.',
  },

  drill: {
    backup: 'Neuestes Backup: {folder}, erstellt {at}.',
    fine: 'Ein Node kann damit starten. {n, plural, one {Sein # Ereignis ist} other {Seine # Ereignisse sind}} unversehrt.',
    lacks: 'Wenn du es jetzt wiederherstellst, fehlt:',
    nothing: 'nichts',
    names: {
      events: 'Ereignisse',
      rooms: 'Räume',
      users: 'Konten',
      keys: 'Signaturschlüssel',
      decisions: 'Vertrauen in Peers',
    },
    events:
      '{n, plural, one {# Ereignis} other {# Ereignisse}}. {here, plural, =0 {Peers haben sie alle.} one {# davon ist auf keinem anderen Server.} other {# davon sind auf keinem anderen Server.}}',
    keys: '{n, plural, one {# Schlüssel} other {# Schlüssel}}. Eine Wiederherstellungsdatei mit den jetzigen Schlüsseln („keys export“) bringt sie zurück.',
  },
};
