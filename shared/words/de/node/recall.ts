import type { recall as english } from '../../en/node/recall.ts';
import type { Translation } from '../../messages.ts';

export const recall: Translation<typeof english> = {
  recall: {
    room_held:
      'Dein Server wurde wiederhergestellt und liest diesen Raum noch bei den anderen Servern darin, damit nichts Neues an die Stelle dessen tritt, was du früher geschrieben hast. Versuch es gleich noch einmal. Es dauert höchstens bis {until, time, short}.',
    confirm_first: 'Bestätige zuerst, welchen Peers du vertraust.',
    unwritten:
      '{server} hat das Ereignis {event} gebracht, das mit dem Schlüssel deines Servers signiert ist. Dein Server hat es nicht geschrieben. Wenn ein zweiter Node mit einer Kopie dieses Datenordners läuft, halte einen von beiden an.',
    drill_no_backup:
      'Im Datenordner ist kein Backup. Mach eines mit „backup“ und versuch es dann noch einmal.',
    no_copy:
      'Das Backup ließ sich nicht nach {folder} kopieren: {why}. Das Backup wurde nicht geändert. Behebe das und versuch es dann noch einmal.',
    no_copy_space:
      'Das Backup ließ sich nicht nach {folder} kopieren: {why}. Das Backup wurde nicht geändert. Mach Platz auf der Festplatte und versuch es noch einmal.',
    unreadable:
      'Dieses Konto darf {file} nicht lesen ({code}). Nichts wurde geändert. Mach das Backup für das Konto lesbar, mit dem dein Server läuft (chown -R, chmod -R u+rX), und versuch es dann noch einmal.',
    drill_empty: 'Die Datenbank in diesem Backup ist leer. Mach ein neues Backup.',
    drill_database_other:
      'Die Datenbank in diesem Backup gehört zu einem anderen Server oder zu anderen Schlüsseln. Mit ihr könnte dein Server nicht starten. Mach ein neues Backup.',
    drill_database:
      'Mit diesem Backup könnte dein Server nicht starten, weil sich seine Datenbank nicht öffnen lässt: {detail}. Mach ein neues Backup.',
    drill_identity:
      'Dieses Backup hat keine lesbare identity.json. Ohne sie und ohne Wiederherstellungsdatei gehört der wiederhergestellte Server nicht dir. Mach ein neues Backup.',
    drill_sealed:
      'Die Signaturschlüssel in diesem Backup hat dieser Computer versiegelt. Auf einem anderen Computer brauchst du auch die Wiederherstellungsdatei und ihre Passphrase.',
    drill_other:
      'Die Identität in diesem Backup ist die eines anderen Servers, {server}. Mach ein neues Backup.',
    restore_not_empty:
      'In diesem Datenordner gibt es schon einen Server oder seine Nachrichten. Ein Backup lässt sich nur in einem neuen Datenordner wiederherstellen: Starte deinen Server mit einem anderen --data-dir.',
    restore_elsewhere:
      'Dein Server speichert alles in einer PostgreSQL-Datenbank. Stelle das Backup auf einem Node mit einem neuen --data-dir und ohne --database wieder her, stoppe ihn, und zieh dann mit den Daten um: paracord-node move-data --to postgres://…',
    restore_not_absolute:
      '„{folder}“ ist kein vollständiger Pfad eines Ordners. Gib ihn von Anfang an ein, zum Beispiel /home/anna/backups/anna.example-2026-11-22.',
    restore_no_backup:
      'In „{folder}“ liegt kein Backup: Die Datei node.db fehlt. Wähle den Ordner eines einzelnen Backups, nicht den mit allen Backups.',
    restore_not_file:
      '{file} ist keine gewöhnliche Datei, sondern ein Link, eine Pipe, ein Gerät oder ein Ordner. Nichts wurde gelesen. Stelle ein Backup so wieder her, wie dieses Programm es gemacht hat.',
    restore_identity:
      'Das Backup in „{folder}“ hat keine lesbare identity.json. Damit lässt sich dein Server nicht wiederherstellen. Nimm ein älteres Backup oder deine Wiederherstellungsdatei.',
    restore_sealed:
      'Die Signaturschlüssel in diesem Backup sind mit dem Schlüsselspeicher des Computers versiegelt, der es erstellt hat. Verwende stattdessen deine Wiederherstellungsdatei.',
    restore_database:
      'Die Datenbank in diesem Backup ist nicht verwendbar: {detail}. Nichts wurde geändert. Nimm ein älteres Backup.',
    restore_empty: 'Die Datenbank in diesem Backup ist leer. Nichts wurde geändert. Nimm ein älteres Backup.',
    restore_other:
      'Die Schlüssel in diesem Backup gehören {server}, seine Datenbank aber einem anderen Server oder zu anderen Schlüsseln. Nichts wurde geändert. Nimm ein anderes Backup.',
    room_recovered: 'Dieser Raum ist wieder da. Deine eigene Signatur beweist, dass er dir gehört.',
    room_elsewhere:
      '{server} sagt, dass Personen von deinem Server in diesem Raum sind oder waren. Dein Server hat nichts signiert, was das beweist. Wenn du den Raum kennst, tritt ihm wieder bei.',
    room_lost:
      '{server} sagt, dass dies ein Raum von dir ist. Keiner der Schlüssel hier hat etwas signiert, was das beweist. Deshalb wurde er nicht zurückgeholt.',
    user_recovered:
      'Dieses Konto ist wieder da, weil dein Server Ereignisse in seinem Namen signiert hat. Der Anzeigename ist nicht mehr bekannt.',
    key_recovered:
      'Ein späterer Signaturschlüssel deines Servers. Er bestätigt, was er bis zur Wiederherstellung signiert hat. Seine private Hälfte ist verloren, deshalb signiert dein Server mit einem älteren Schlüssel. Falls du gewechselt hast, weil der ältere Schlüssel in fremde Hände gekommen war, wechsle jetzt noch einmal.',
    key_lost:
      '{server} kennt diesen Schlüssel unter dem Namen deines Servers. Kein Schlüssel hier bürgt für ihn. Was er signiert hat, lässt sich deshalb nicht zurückholen.',
  },
};
