import type { start as english } from '../en/start.ts';
import type { Translation } from '../messages.ts';

export const start: Translation<typeof english> = {
  headless: 'Es gibt keinen Bildschirm, deshalb läuft dein Server ohne Fenster. Strg-C beendet ihn.',
  inBrowser: 'Die Konsole öffnet sich in deinem Browser. Mit Strg-C beendest du deinen Server.',
  noBrowser: 'Öffne diesen Link in einem Browser. Mit Strg-C beendest du deinen Server.',
  notSetUp:
    'Dein Server hat noch keinen Namen. Wähle einen in der Konsole, oder führe das aus: npm run paracord-node -- setup chat.example --data-dir {folder}',
  console: 'Melde dich mit diesem Link an der Konsole an. Er gilt einmal und 15 Minuten lang: {url}',

  standsBy: 'Wartet, weil der Node auf {leader} führt.',
  waits: 'Wartet, bis ein anderer Node die Datenbank verlässt.',

  flags: {
    emptyFolder: 'erwartet wird ein Ordner, der Wert ist leer',
    emptyFile: 'erwartet wird eine Datei, der Wert ist leer',
    hostPort:
      'erwartet wird HOST:PORT wie 127.0.0.1:8448 oder [::1]:8448 mit einem Port von 0 bis 65535, nicht „{value}“',
    oneOf: 'erwartet wird {choices}, nicht „{value}“',
    owner:
      'erwartet werden 1 bis 64 Kleinbuchstaben, Ziffern, . _ - mit einem Buchstaben oder einer Ziffer am Anfang, nicht „{value}“',
    onlyWith: 'gilt nur mit --tls {needed}, nicht mit --tls {mode}',
    acmeAgree:
      '--tls acme legt ein Konto bei {host} an. Lies die Bedingungen dieser Zertifizierungsstelle, und gib diese Option an, wenn du zustimmst',
    certFile: 'erwartet wird der Pfad der Zertifikatskette, einer PEM-Datei auf dem Computer deines Servers',
    keyFile:
      'erwartet wird der Pfad des privaten Schlüssels, einer PEM-Datei auf dem Computer deines Servers',
    acmeName: 'erwartet wird ein Domainname oder eine IP-Adresse, ohne Port, nicht „{value}“',
    acmeNames: 'erwartet werden höchstens 25 Namen',
    acmeEmail: 'erwartet wird eine Adresse wie ann@chat.example, nicht „{value}“',
    acmeDirectory: 'erwartet wird die https-Adresse eines ACME-Verzeichnisses, nicht „{value}“',
    control:
      '{host} ist von anderen Computern aus erreichbar, und die Steuerungs-API verwendet unverschlüsseltes HTTP. Verwende eine Loopback-Adresse wie 127.0.0.1:8449, oder gib mit --console-host NAME den Namen eines TLS-Proxys davor an',
    noHome: 'dieser Benutzer hat keinen persönlichen Ordner. Nenne den Ordner für die Daten',
    consoleHost:
      '{host} ist dieser Computer, auf dem die Konsole ohne diese Angabe antwortet. Lass sie weg, oder gib den Namen eines TLS-Proxys vor --control an',
  },

  failure: {
    dataFolderInUse:
      'Paracord Node läuft schon mit dem Datenordner {folder}. Beende es dort, oder starte mit einem anderen --data-dir.',
    nativeModule:
      'Das System konnte einen Teil von Paracord Node nicht laden: {reason}. Vielleicht ist das System zu alt: Unter Linux muss glibc mindestens 2.34 sein (zum Beispiel Ubuntu 22.04 oder Debian 12). Wenn es neu genug ist, installiere Paracord Node noch einmal, und zwar für diesen Prozessor.',
    dataFolderUnusable:
      'Der Datenordner {folder} ist nicht verwendbar: {reason}. Wähle mit --data-dir einen anderen.',
    diskFull:
      'Das Laufwerk mit dem Datenordner {folder} ist voll ({reason}). Schaffe dort Platz, und starte deinen Server dann noch einmal. Es ging nichts verloren.',
    openFiles:
      'Das System lässt dieses Programm nicht genug Dateien öffnen ({reason}). Erhöhe das Limit mit ulimit -n, oder mit LimitNOFILE in der systemd-Unit.',
    dataFolderDenied:
      'Dieser Benutzer kann den Datenordner {folder} nicht benutzen ({reason}). Starte deinen Server als der Benutzer, dem der Ordner gehört, oder mach ihn zu deinem: chown -R und chmod -R u+rwX. Wenn das Laufwerk nur zum Lesen eingehängt ist, prüfe es zuerst.',
    databaseNewer:
      'Die Datenbank {path} stammt von einer neueren Version (Schema {schema}; diese Version kennt Schemas bis {known}). Installiere wieder die neuere Version, oder stelle ein älteres Backup wieder her.',
    databaseUnreleased:
      'Die Datenbank {path} stammt von einer Entwicklungsversion, die nie veröffentlicht wurde, und diese Version kann sie nicht lesen. Es wurde nichts geändert. Nimm die Datenbank aus dem Datenordner, und starte mit --new-database: Dein Server behält Namen und Schlüssel, ohne Räume, Peers und Nachrichten.',
    databaseDamaged:
      'Die Datenbank {path} ist beschädigt ({reason}). Es wurde nichts geändert. Kopiere den Datenordner auf ein anderes Laufwerk, und führe dann aus: paracord-node repair. Wenn das nicht hilft, stelle ein Backup wieder her.',
    databaseForeignSchema:
      'Die Datenbank {path} hat einen Teil namens „{part}“, der anders ist, als Paracord Node ihn anlegt. Ein anderes Programm hat sie also verändert. Es wurde nichts geändert. Nimm ein Backup, das du selbst erstellt hast.',
    databaseMissing:
      'Im Datenordner liegt eine Identität, aber ihre Datenbank {path} fehlt oder ist leer. Es wurde nichts geändert. Kopiere node.db aus einem Backup zurück. Wenn sie verloren ist, starte mit --new-database: Dein Server behält Namen und Schlüssel, aber nicht seine Räume, Peers und Nachrichten.',
    databaseUnreachable:
      'Die Datenbank {database} ist nicht erreichbar ({reason}). Es wurde nichts geändert. Prüfe, ob PostgreSQL dort läuft und Verbindungen von diesem Rechner annimmt. Starte dann deinen Server noch einmal.',
    databaseDenied:
      'PostgreSQL lässt deinen Server nicht an die Datenbank {database} ({reason}). Prüfe Benutzer und Passwort in --database und die Regeln in pg_hba.conf.',
    databaseUnknown:
      'In PostgreSQL gibt es diese Datenbank nicht: {database} ({reason}). Lege sie an, zum Beispiel mit createdb --owner BENUTZER NAME, oder berichtige --database.',
    databaseForbidden:
      'Der Benutzer der Datenbank {database} darf darin keine Tabellen anlegen ({reason}). Mach ihn zum Eigentümer: ALTER DATABASE NAME OWNER TO BENUTZER.',
    databaseReadOnly:
      'Die Datenbank {database} ist schreibgeschützt ({reason}). Prüfe ihre Einstellungen und ihren Datenträger: Manche Anbieter sperren eine Datenbank, wenn er voll ist.',
    databaseEncoding:
      'Die Datenbank {database} kann nicht jede Nachricht speichern, weil sie nicht in UTF-8 angelegt ist ({reason}). Es wurde nichts geändert. Lege eine andere an: createdb --encoding UTF8 --locale C --template template0 --owner BENUTZER NAME.',
    databaseStandby:
      'Die Datenbank {database} ist schreibgeschützt, weil dieses PostgreSQL ein Standby ist. Nenne mit --database den Primärserver, oder beide, durch ein Komma getrennt.',
    databaseTls:
      'Die Verbindung zur Datenbank {database} lässt sich nicht verschlüsseln ({reason}). Prüfe das Zertifikat von PostgreSQL sowie sslmode und sslrootcert in --database.',
    databaseElsewhere:
      'Die Daten in {folder} sind nicht in der Datenbank {database}. Es wurde nichts geändert. Um sie dorthin umzuziehen, führe aus: paracord-node move-data --to postgres://…',
    databaseOther:
      'Die Daten in {folder} sind nicht die der Datenbank {database}, und die hat eigene. Es wurde nichts geändert. Nenne die Datenbank, die zu diesem Ordner gehört, oder starte mit einem anderen --data-dir.',
    databaseEmpty:
      'Im Datenordner {folder} liegt eine Identität, aber die Datenbank {database} ist leer. Es wurde nichts geändert. Prüfe --database. Wenn die Daten verloren sind, stelle ein Backup von PostgreSQL wieder her, oder starte mit --new-database: Dein Server behält Namen und Schlüssel, aber nicht seine Räume, Peers und Nachrichten.',
    databaseTaken:
      'Ein anderer Node hat die Datenbank {database} übernommen, deshalb hat sich dieser beendet. Nichts Bestätigtes ging verloren. Starte ihn noch einmal, dann wartet er.',
    databaseLost:
      'Die Verbindung zur Datenbank {database} ist abgebrochen ({reason}), deshalb hat sich dieser Node beendet. Nichts Bestätigtes ging verloren. Starte ihn noch einmal: Dann führt er, oder er wartet auf den Node, der übernommen hat.',
    databaseInUse: 'Ein anderer Node benutzt die Datenbank {database}. Stoppe ihn zuerst.',
    databaseForeign:
      'Die Datenbank {database} gehört zu {owner}, die Identität in {folder} aber zu {server}. Es wurde nichts geändert. Nenne mit --database die Datenbank von {server}.',
    databaseLeft:
      'Die Daten deines Servers sind aus der Datenbank {database} in die Datei eines Nodes umgezogen. Nichts wurde geändert. Starte den Node mit diesem Datenordner und ohne --database.',
    databaseFilling:
      'Ein Node zieht mit seinen Daten in die Datenbank {database} um, oder er hat damit begonnen und wurde unterbrochen. Nichts wurde geändert. Warte, bis er fertig ist, oder führe dort move-data noch einmal aus.',
    databaseForgotten:
      'Die Daten deines Servers sind auf einem Datenbank-Server. In {folder} ist nur eine Kopie davon. Nenne die Datenbank mit --database.',
    databaseFileWrong:
      'Die Datei {path} sollte die Datenbank deines Servers nennen, tut es aber nicht. Nenne die Datenbank mit --database.',
    identityForeign:
      'Die Identität in {folder} ist die von {server}, aber die Datenbank daneben gehört zu {owner}. Es wurde nichts geändert. Lege die identity.json von {owner} zurück, oder die Datenbank von {server}.',
    identityOtherKeys:
      'Identität und Datenbank in {folder} gehören beide zu {server}, aber die Datenbank kennt keinen der Schlüssel dieser Identität. Es wurde nichts geändert. Lege die identity.json, die zur Datenbank gehört, aus einem Backup zurück, oder lösche diese und stelle sie mit „paracord-node keys recover FILE“ wieder her.',
    identityUnreadable:
      'Die Identität in {path} ist nicht lesbar ({reason}). Die Datei wurde nicht geändert. Ohne sie verliert dein Server seinen Namen und seine Peers. Stelle sie aus einem Backup wieder her.',
    sealedElsewhere: 'die Desktop-App eines anderen Benutzers oder Systems schützt sie',
    notJson: 'sie ist kein gültiges JSON',
    otherServerName:
      '--server-name: die Daten in {folder} gehören zu {server} (Domain {domain}), nicht zu {wanted}. Ein Server kann seinen Namen nicht ändern. Starte ihn mit diesem Namen, oder mit einem anderen --data-dir.',
    portInUse:
      'Port {port} auf {address} wird von einem anderen Programm benutzt. Wähle mit {flag} HOST:PORT einen anderen.',
    portNotAllowed:
      'Port {port} dürfen nur Administratoren benutzen. Wähle mit --listen oder --control einen Port über 1023.',
    addressNotHere: '{address} ist keine Adresse dieses Computers. Prüfe --listen und --control.',
  },

  repair: {
    check: 'Die Datenbank wird geprüft: {done} von {total}',
    indexes:
      'Die Datenbank ist beschädigt. Ihre Tabellen werden kopiert, ihre Indizes neu erstellt: {done} von {total}',
    check_again: 'Die Kopie wird geprüft: {done} von {total}',
    rooms: 'Räume werden neu aufgebaut: {done} von {total}',
    databaseWell: 'Die Datenbank ist nicht beschädigt.',
    indexesMended:
      'Die Datenbank war beschädigt. Sie wurde Zeile für Zeile mit neuen Indexen kopiert, und die Kopie ist in Ordnung. Die beschädigte Datei liegt noch unter {file}: Lösche sie, wenn alles funktioniert, denn sie kann gelöschte Nachrichten enthalten. Prüfe das Laufwerk.',
    roomsDone:
      '{rooms, plural, one {# Raum wurde} other {# Räume wurden}} aus den gespeicherten Ereignissen neu aufgebaut. {changed, plural, =0 {Alle waren vorher richtig.} one {# Raum war falsch dargestellt:} other {# Räume waren falsch dargestellt:}}',
    eventsUnreadable:
      '{events, plural, one {# gespeichertes Ereignis ist nicht lesbar. Dein Server holt es} other {# gespeicherte Ereignisse sind nicht lesbar. Dein Server holt sie}} neu von seinen Peers, wenn er läuft.',
    damageLeft:
      'Die Datenbank ist noch beschädigt. Sonst wurde nichts geändert. Kopiere den Datenordner auf ein anderes Laufwerk, prüfe das Laufwerk, und stelle dein letztes Backup wieder her. Das hat SQLite gefunden:',
    nothing: 'Unter {path} gibt es keine Datenbank. Nenne den Datenordner mit --data-dir.',
  },

  screens: {
    building:
      'Die Oberfläche wird gebaut. Das dauert etwa 20 Sekunden und geschieht einmal nach jeder Installation.',
    notBuilt:
      'Die Oberfläche konnte nicht gebaut werden. Dein Server startet ohne sie. Warum, sagt „npm run build“ in {folder}, ausgeführt von einem Benutzer, der dort schreiben darf.',
    noParts:
      'Es gibt keine Oberfläche, weil npm die Teile ausgelassen hat, die sie bauen. Führe „npm ci --include=dev“ in {folder} aus und starte noch einmal.',
  },

  window: {
    without: '{reason} Dein Server startet ohne Fenster.',
    root: 'Die Desktop-App läuft nicht als root, weil ihre Sandbox dann ausgeschaltet wäre.',
    notBuilt: 'Die Desktop-App wurde noch nicht gebaut. „npm run build“ baut sie.',
    downloading: 'Die Electron-Laufzeit wird heruntergeladen. Das geschieht nur einmal.',
    notDownloaded: 'Die Electron-Laufzeit konnte nicht heruntergeladen werden.',
    notDownloadedBecause: 'Die Electron-Laufzeit konnte nicht heruntergeladen werden ({reason}).',
    incomplete: 'Die Electron-Laufzeit ist unvollständig.',
    crashed: 'Die Desktop-App ist abgestürzt ({signal}).',
  },
};
