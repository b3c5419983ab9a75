import type { settings as english } from '../../en/screens/settings.ts';
import type { Translation } from '../../messages.ts';

export const settings: Translation<typeof english> = {
  sections: {
    general: 'Allgemein',
    browsers: 'Browser',
    delivery: 'Zustellung und Limits',
    tokens: 'Tokens',
    database: 'Datenbank',
    diagnostics: 'Diagnose',
    about: 'Über',
  },
  saved: 'Gespeichert.',
  discard: 'Verwerfen',

  general: {
    language: 'Sprache',
    languageHint: 'Für dieses Fenster, die Konsole, den Infobereich und Benachrichtigungen.',
    languageSystem: 'Wie im System',
    theme: 'Darstellung',
    themeHint: 'Nur für diesen Browser oder dieses Fenster.',
    themes: { system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
    federation: 'Föderation',
    running: 'Senden und empfangen',
    runningHint: 'Wenn das aus ist, tauscht dein Server nichts mit seinen Peers aus.',
    history: 'Bearbeitete Nachrichten',
    keepHistory: 'Frühere Fassungen bearbeiteter Nachrichten behalten',
    keepHistoryHint:
      'Wenn du das ausschaltest, löscht dieser Server den Text, den eine Bearbeitung ersetzt. Wieder einzuschalten bringt nichts zurück.',
    dropHistoryTitle: 'Frühere Fassungen löschen?',
    dropHistory: 'Frühere Fassungen löschen',
    dropHistoryExplain:
      'Dieser Server löscht alle früheren Fassungen bearbeiteter Nachrichten, jetzt und nach jeder weiteren Bearbeitung. Der neueste Text jeder Nachricht bleibt. Du kannst das nicht rückgängig machen.',
    dropHistoryElsewhere:
      'Andere Server behalten, was sie haben, und frühere Backups enthalten es noch. Eine Fassung, die noch auf Zustellung wartet, wird gelöscht, sobald sie zugestellt ist.',
    desktop: 'Diese App',
    startAtLogin: 'Beim Anmelden an diesem Computer starten',
    startAtLoginHint: 'Peers erreichen dich, sobald der Computer läuft. Es öffnet sich kein Fenster.',
    startAtLoginNone:
      'Auf deinem System kann die App das nicht selbst einstellen. Trage sie in die Liste der Autostart-Programme deines Systems ein.',
    inMenu: 'Im Anwendungsmenü zeigen',
    inMenuHint: 'Ohne einen Eintrag dort öffnen Links zu Einladungen und Räumen diese App nicht.',
    keepsAwake: 'Diesen Computer wach halten',
    keepsAwakeHint:
      'Solange die App läuft, geht der Computer nicht von selbst in den Ruhezustand, damit Peers dich erreichen. Der Bildschirm schaltet sich trotzdem ab. Ein Laptop schläft trotzdem, wenn du ihn zuklappst.',
    keepsRunning: 'Weiterlaufen, wenn ich das Fenster schließe',
    keepsRunningHint: 'Ist das aus, beendet das Schließen des Fensters die App und damit deinen Server.',
    asksToQuit: 'Vor dem Beenden fragen',
    checksSpelling: 'Rechtschreibung prüfen',
    checksSpellingMac: 'Mit der Rechtschreibprüfung von macOS. Gilt nach einem Neustart der App.',
    checksSpellingHint:
      'In der Sprache deines Systems. Chromium lädt dafür ein Wörterbuch von Google herunter. Gilt nach einem Neustart der App.',
    notifications: 'Benachrichtigungen',
    browserNotify: 'In diesem Browser benachrichtigen',
    browserNotifyHint:
      'Bei Nachrichten in Räumen, die du nicht geöffnet hast, solange diese Seite in einem Tab offen ist.',
    browserNotifyDenied:
      'Der Browser blockiert Benachrichtigungen dieser Seite. Erlaube sie in seinen Einstellungen für diese Website und lade die Seite dann neu.',
    browserNotifyUnsupported: 'Dieser Browser bietet dieser Seite keine Benachrichtigungen an.',
    quiet: 'Ruhezeit',
    quietHint:
      'In dieser Zeit bekommst du keine Benachrichtigungen, weder in der App noch in Browsern. Nachrichten werden weiter gezählt.',
    quietFrom: 'Von',
    quietTo: 'Bis',
    notificationsHint:
      'Bei Nachrichten in Räumen, die du nicht geöffnet hast. Bei Einladungen und Warnungen, während du ein anderes Fenster benutzt.',
    notificationsRefused:
      'Dieses System hat keine Benachrichtigung der App angezeigt. Erlaube sie in den Einstellungen des Systems. macOS zeigt keine für eine App, die nicht signiert ist.',
    sealed: 'Die Schlüssel auf diesem Computer sind durch seinen Schlüsselspeicher geschützt.',
    unsealed:
      'Die Schlüssel liegen in einer Datei, die nur dein Benutzerkonto lesen kann. Der Schlüsselspeicher dieses Computers kann sie zusätzlich schützen.',
    sealKeys: 'Schlüssel schützen',
    service: 'Ohne Fenster',
    serviceHint:
      'Ein Dienst betreibt deinen Server auch, während niemand angemeldet ist. Er verwendet denselben Datenordner, und du kannst zu dieser App zurückkehren.',
    becomeService: 'Stattdessen als Dienst ausführen',
    updates: 'Updates',
    checkUpdate: 'Nach Updates suchen',
    installUpdate: 'Neu starten und aktualisieren',
    downloadPage: 'Download-Seite öffnen',
  },
  users: {
    listed: 'Für Peers zu finden',
    listUser: 'Vertraute Peers {user} finden lassen',
    title: 'Benutzer auf diesem Server',
    explain:
      'Jeder Benutzer kann Räumen beitreten. Du handelst als Betreiber. Bots und Bridges handeln als der Benutzer, zu dem ihr Token gehört.',
    owner: 'Betreiber',
    add: 'Benutzer hinzufügen',
    localpart: 'Benutzername',
    localpartHint: 'a-z, 0-9, dazwischen auch . _ -. Wird zu @name:{domain} und lässt sich nicht ändern.',
    displayName: 'Anzeigename',
    displayNameHint: 'Den Namen sehen andere. Ohne Angabe sehen sie den Benutzernamen.',
    added: '{id} hinzugefügt.',
    since: 'hinzugefügt',
  },

  keys: {
    title: 'Signaturschlüssel',
    explain:
      'Dein Server signiert alles, was er sendet, mit dem aktiven Schlüssel. Peers merken ihn sich. Um ihn zu überprüfen, vergleicht die Wörter am Telefon.',
    fingerprint: 'Fingerabdruck',
    active: 'aktiv',
    announced: 'angekündigt',
    retired: 'abgelöst',
    retiredHint: 'Dient nur noch dazu, frühere Signaturen zu prüfen.',
    announcedHint: 'Signiert noch nicht.',
    expires: 'läuft am {date} ab',
    made: 'erstellt',
    seenBy:
      '{count, plural, =0 {Noch kein Peer hat ihn gesehen} other {{count, number} von {all, plural, one {# Peer} other {# Peers}} {count, plural, one {hat} other {haben}} ihn gesehen}}',
    noPeers: 'Du hast noch keine Peers.',
    rotate: 'Schlüssel wechseln',
    rotateExplain:
      'Erstellt einen neuen Schlüssel. Mach das, wenn jemand anderes Zugriff auf diesen Computer gehabt haben könnte, oder ab und zu. Alles bisher Signierte bleibt gültig.',
    announce: 'Neuen Schlüssel verwenden',
    announceOptions: {
      day: {
        label: 'In einem Tag',
        hint: 'Peers haben Zeit, den neuen Schlüssel abzurufen, auch wenn sie eine Weile offline sind.',
      },
      hour: { label: 'In einer Stunde', hint: 'Genügt für Peers, die gerade online sind.' },
      now: {
        label: 'Sofort',
        hint: 'Wenn jemand den alten Schlüssel gestohlen haben könnte. Peers rufen den neuen mit deiner nächsten Nachricht ab.',
      },
    },
    rotateVerb: 'Schlüssel wechseln',
    rotateTitle: 'Signaturschlüssel wechseln?',
    rotateWhat:
      'Dein Server erstellt einen neuen Schlüssel, kündigt ihn deinen Peers jetzt an und signiert {when, select, day {in einem Tag} hour {in einer Stunde} other {sofort}} damit. Mit dem alten Schlüssel lassen sich noch 30 Tage lang Signaturen prüfen. Deine Wiederherstellungsdatei enthält den neuen Schlüssel nicht: Speichere danach eine neue.',
    rotated:
      'Ein neuer Schlüssel wurde erstellt. Speichere eine neue Wiederherstellungsdatei: Die alte enthält ihn nicht.',
  },
  recovery: {
    title: 'Wiederherstellungsdatei',
    explain:
      'Die Identität deines Servers und die Liste deiner Freunde in einer Datei, verschlüsselt mit einer Passphrase. Wenn du diesen Computer verlierst, bekommst du deinen Namen nur mit beidem zurück. Einen anderen Weg gibt es nicht: Weder ein Freund noch eine Neuinstallation kann helfen.',
    savedAt: 'Gespeichert',
    savedKeep:
      'Bewahre sie nicht nur auf diesem Computer auf, sondern auch auf einem USB-Stick oder in einem Passwortmanager.',
    missing: 'Du hast keine Wiederherstellungsdatei, die alle Schlüssel dieses Servers enthält.',
    passphrase: 'Passphrase',
    again: 'Passphrase wiederholen',
    againHint: 'Damit dich kein Tippfehler aussperrt.',
    differs: 'Die Passphrasen stimmen noch nicht überein.',
    hint: 'Mindestens {min, number} Zeichen. Vier oder fünf Wörter ohne Zusammenhang sind leicht zu merken und schwer zu erraten.',
    short: '{missing, plural, one {Noch # Zeichen} other {Noch # Zeichen}} nötig.',
    strength: {
      weak: 'Schwach. Füge ein paar Wörter ohne Zusammenhang hinzu.',
      fair: 'Gut. Mit einem weiteren Wort wäre sie stark.',
      strong: 'Stark.',
    },
    save: 'Wiederherstellungsdatei speichern',
    saveAgain: 'Neue Datei speichern',
    saving: 'Die Datei wird verschlüsselt …',
    done: '{name} wurde heruntergeladen.',
  },

  delivery: {
    age: 'Aufgeben nach (Tagen)',
    ageHint:
      'So lange versucht dein Server die Zustellung, bevor sie als fehlgeschlagen gilt. 1 bis 365 Tage.',
    ageTitle: 'Zustellung',
    keysTitle: 'Abgelaufene Schlüssel von Peers',
    extendKeys: 'Abgelaufenen Schlüsseln weiter vertrauen, solange sie in Gebrauch sind',
    extendKeysHint:
      'Wenn ein Peer einen abgelaufenen Schlüssel weiter verwendet und sein HTTPS-Zertifikat geprüft oder bekannt ist, vertraut dein Server dem Schlüssel jeweils einen Tag länger. Peers mit dem ursprünglichen Paracord-Server brauchen das.',
    limitsTitle: 'Limits für Peers',
    limitsExplain:
      'Gelten für jeden Peer ohne eigene Limits. Wer sie überschreitet, muss es später erneut versuchen. Nachrichten gehen dabei nicht verloren.',
    rate: 'Anfragen pro Minute',
    rateHint: '0 bis {max, number}. 0 weist alle Anfragen ab.',
    burst: 'Auf einmal',
    burstHint: 'So viele Anfragen dürfen auf einmal kommen, bevor das Limit pro Minute greift.',
    save: 'Speichern',
  },

  browsers: {
    title: 'Angemeldete Browser',
    explain: 'Jeder kann hier alles. Melde ab, was du nicht mehr benutzt.',
    current: 'dieser Browser',
    name: '{browser} auf {system}',
    unknown: 'Unbekannter Browser',
    since: 'angemeldet',
    lastUsed: 'zuletzt benutzt',
    logOut: 'Abmelden',
    logOutOf: '{name} abmelden',
    loggedOut: '{name} abgemeldet.',
    askTitle: '{name} abmelden?',
    ask: 'Für eine neue Anmeldung braucht es einen neuen Link. Was dort gerade geschrieben wird, bleibt in jenem Browser.',
    add: 'Browser hinzufügen',
    addHint: 'Ein Link meldet einen Browser einmal an. Er läuft nach 15 Minuten ab.',
    make: 'Link erstellen',
    scan: 'Lies ihn mit der Kamera eines Telefons, oder öffne den Link im anderen Browser.',
    onlyHere:
      'Der Link funktioniert in Browsern auf diesem Computer. Für ein Telefon muss die Konsole erst hinter einem Proxy mit HTTPS stehen.',
    code: 'Der Anmeldelink als QR-Code',
    onClipboard: 'Der Link ist in der Zwischenablage. Füge ihn im anderen Browser ein.',
    waiting: 'Warte auf den anderen Browser …',
    came: '{name} ist angemeldet.',
  },

  tokens: {
    title: 'Zugriffstokens',
    explain:
      'Mit einem Token handelt ein Bot oder eine Bridge über die HTTP-API als einer deiner Benutzer. Mehr erlaubt es nicht.',
    none: 'Du hast noch keine Tokens.',
    make: 'Token erstellen',
    name: 'Name',
    nameHint: 'Wofür du es brauchst, zum Beispiel „Wetter-Bot“.',
    user: 'Handelt als',
    onClipboard:
      'Das Token ist in der Zwischenablage. Füge es jetzt dort ein, wo du es brauchst. Du kannst es nicht noch einmal kopieren, und der Node behält keine Kopie.',
    shownOnce:
      'Kopiere das Token jetzt. Es wird nicht noch einmal angezeigt, und der Node behält keine Kopie.',
    token: 'Token',
    copyToken: 'Token kopieren',
    stored: 'Ich habe es kopiert',
    pasted: 'Ich habe es eingefügt',
    lastUsed: 'zuletzt benutzt',
    made: 'erstellt',
    revoke: 'Zurückziehen',
    revokeLabel: '{name} zurückziehen',
    revokeTitle: '{name} zurückziehen?',
    revokeWhat:
      'Alles, was dieses Token benutzt, funktioniert sofort nicht mehr. Du kannst das nicht rückgängig machen.',
    revoked: '{name} wurde zurückgezogen.',
  },

  backup: {
    title: 'Backups',
    explain:
      'Eine vollständige Kopie: Identität, Schlüssel, Räume, Nachrichten und Warteschlange. Der Node läuft weiter, während er die Kopie erstellt und prüft. Ein Backup enthält deine Schlüssel, bewahre es also sicher auf.',
    now: 'Backup erstellen',
    making: 'Wird kopiert und geprüft …',
    made: 'Das Backup ist erstellt und geprüft.',
    none: 'Im Datenordner gibt es noch keine Backups.',
    copyFolder: 'Ordnerpfad kopieren',
    restoreTitle: 'Backup wiederherstellen',
    restoreSteps: {
      stop: 'Beende diesen Node.',
      copy: 'Kopiere die Dateien aus dem Backup-Ordner in einen neuen, leeren Ordner.',
      start: 'Starte den Node mit diesem Ordner als Datenordner:',
    },
    restoreAfter:
      'Was zum Zeitpunkt des Backups in der Warteschlange stand, wird noch einmal gesendet. Server, die es schon haben, übergehen die Kopie. Tokens, die du nach dem Backup zurückgezogen hast, gelten wieder. Betreibe nie zwei Nodes mit Kopien desselben Ordners.',
    restoredAt: 'Aus einem Backup wiederhergestellt oder kopiert:',
  },

  database: {
    title: 'Wo deine Daten sind',
    engines: {
      sqlite: 'Alles ist in einer Datei im Datenordner (SQLite).',
      postgresql: 'Alles ist in einer PostgreSQL-Datenbank. Im Datenordner ist eine Kopie davon.',
    },
    works: {
      sqlite: 'Der Node kann sie lesen und schreiben.',
      postgresql: 'Die Verbindung funktioniert.',
    },
    move: { sqlite: 'PostgreSQL verwenden', postgresql: 'Zurück zu einer Datei' },
    moveExplain: {
      sqlite:
        'Zu Hause brauchst du das nicht: Die Datei ist schnell und braucht keine Pflege. Mit PostgreSQL kann ein Node auf einem zweiten Computer übernehmen. Stoppe den Node und führe dann aus:',
      postgresql:
        'Eine Datei braucht keine Pflege. Stoppe alle Nodes dieses Servers und führe dann auf diesem Computer aus:',
    },
  },

  recovered: {
    title: 'Was deine Peers noch wissen',
    explain:
      'Einem Backup fehlt, was danach kam. Nach einer Wiederherstellung fragt dieser Server seine Peers, was sie über ihn wissen, und holt zurück, was seine eigene Signatur beweist.',
    why: {
      restored: 'Ein Backup wurde wiederhergestellt:',
      recovered: 'Die Identität wurde wiederhergestellt:',
      asked: 'Zuletzt hast du deine Peers gefragt:',
    },
    held: '{n, plural, one {Ein Raum wird noch gelesen. Bis dahin kann niemand von hier darin schreiben.} other {# Räume werden noch gelesen. Bis dahin kann niemand von hier darin schreiben.}}',
    recovered: 'Zurückgeholt',
    elsewhere: 'Anderswo bekannt',
    lost: 'Verloren',
    counts:
      '{events, plural, one {# Ereignis} other {# Ereignisse}}, {rooms, plural, one {# Raum} other {# Räume}}, {users, plural, one {# Konto} other {# Konten}}, {keys, plural, one {# Schlüssel} other {# Schlüssel}}',
    rooms: '{n, plural, =0 {nichts} one {# Raum} other {# Räume}}',
    things: '{n, plural, =0 {nichts} one {# Raum oder Schlüssel} other {# Räume und Schlüssel}}',
    unanswered: 'Noch nicht gefragt: {peers}. Dieser Server fragt sie, sobald er sie erreicht.',
    details: 'Was gefunden wurde',
    ask: 'Peers noch einmal fragen',
    asking: 'Deine Peers werden gefragt.',
    trustTitle: 'Bestätige, welchen Peers du vertraust',
    trustWhat:
      'So steht es im Backup. Was du seitdem entschieden hast, ist verloren: Ein Peer, den du danach blockiert hast, ist wieder erlaubt.',
    confirmAll: 'Alle bestätigen',
    confirmed: 'Bestätigt.',
    modes: { allow: 'erlaubt', block: 'blockiert', quarantine: 'in Quarantäne', known: 'kein Peer' },
  },

  diagnostics: {
    explain:
      'Ein Bericht über deinen Node für alle, die dir helfen. Er enthält Namen von Servern und Adressen, aber keine Schlüssel, Tokens, Passphrasen oder Nachrichten. Er wird nirgendwohin gesendet: Lies ihn und gib ihn selbst weiter.',
    show: 'Bericht anzeigen',
    again: 'Aktualisieren',
    save: 'Als Datei speichern',
    copy: 'Bericht kopieren',
    content: 'Diagnosebericht',
  },

  about: {
    version: 'Version',
    licence: 'Lizenz',
    mit: 'MIT. Du darfst es benutzen, ändern und weitergeben.',
    server: 'Dieser Server',
    telemetry: 'Keine Telemetrie. Dieses Programm meldet niemandem etwas über dich.',
    console: 'Konsole',
    consoleHint:
      'Dieser Browser ist angemeldet. Nach dem Abmelden brauchst du für die nächste Anmeldung einen neuen Link.',
    logOut: 'Von der Konsole abmelden',
  },
};
