import type { settings as english } from '../../en/screens/settings.ts';
import type { Translation } from '../../messages.ts';

export const settings: Translation<typeof english> = {
  sections: {
    general: 'Allgemein',
    setup: 'Einrichten',
    browsers: 'Browser',
    delivery: 'Zustellung und Limits',
    tokens: 'Tokens',
    database: 'Datenbank',
    diagnostics: 'Diagnose',
    about: 'Über',
  },
  setup: {
    name: 'Servername',
    nameFree: 'Du kannst ihn ändern, bis ein anderer Server ihn kennt.',
    nameFixed:
      '{by, select, peer {Er lässt sich nicht mehr ändern: Andere Server kennen ihn.} room {Er lässt sich nicht mehr ändern: Er steht in deinen Räumen und Nachrichten.} invite {Er steht in einer offenen Einladung. Zieh sie unter „Personen“ zurück, um ihn zu ändern.} people {Er gehört zu den Namen von Personen oder Bots, die sich hier anmelden, und lässt sich nicht ändern.} other {Die Datenbank wird mit einem anderen Node geteilt, darum lässt er sich nicht ändern.}}',
    rename: 'Ändern …',
    renameTitle: 'Servernamen ändern',
    renameAct: 'Namen ändern',
    renamed: 'Name geändert.',
    renameExactly: {
      gets: 'Dein Server bekommt den neuen Namen und einen neuen Schlüssel, und dein Benutzername endet darauf.',
      old: 'Den alten Namen hat niemand gesehen.',
      recovery: 'Hast du eine Wiederherstellungsdatei gespeichert, speichere eine neue.',
    },
    keys: 'Schlüssel und Wiederherstellungsdatei',
    keysSaved: 'Deine Wiederherstellungsdatei ist gespeichert.',
    keysUnsaved: 'Du hast noch keine Wiederherstellungsdatei gespeichert.',
    openKeys: 'Öffnen',
    invite: 'Jemanden einladen',
    inviteHint: 'Mit einem Link lernen sich der andere Server und deiner kennen.',
    inviteAct: 'Einladen …',
    trust: 'Vertrauensliste',
    trustHint:
      'Aus einer Datei übernehmen, wem vertraut wird und wer blockiert ist. Du siehst jede Änderung vorher.',
    trustAct: 'Importieren …',
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
    runningHint: 'Ist das aus, tauscht dein Server nichts mit anderen Servern aus.',
    history: 'Bearbeitete Nachrichten',
    keepHistory: 'Frühere Fassungen bearbeiteter Nachrichten behalten',
    keepHistoryHint:
      'Schaltest du das aus, löscht dein Server den Text, den eine Bearbeitung ersetzt. Gelöschtes kommt nicht zurück, wenn du es wieder einschaltest.',
    dropHistoryTitle: 'Frühere Fassungen löschen?',
    dropHistory: 'Frühere Fassungen löschen',
    dropHistoryWill:
      'Dein Server löscht alle früheren Fassungen bearbeiteter Nachrichten, und du kannst das nicht rückgängig machen.',
    dropHistoryExactly: {
      newest:
        'Der neueste Text jeder Nachricht bleibt. Nach jeder weiteren Bearbeitung wird auch der Text davor gelöscht.',
      elsewhere: 'Andere Server behalten, was sie haben, und frühere Backups enthalten es noch.',
      waiting: 'Eine Fassung, die noch auf Zustellung wartet, wird gelöscht, sobald sie zugestellt ist.',
    },
    desktop: 'Diese App',
    startAtLogin: 'Beim Anmelden an diesem Computer starten',
    startAtLoginHint: 'Freunde erreichen dich, sobald der Computer läuft. Es öffnet sich kein Fenster.',
    startAtLoginNone:
      'Auf deinem System kann die App das nicht selbst einstellen. Trage sie in die Liste der Autostart-Programme ein.',
    inMenu: 'Im Anwendungsmenü zeigen',
    inMenuHint: 'Ohne einen Eintrag dort öffnen Links zu Einladungen und Räumen die App nicht.',
    keepsAwake: 'Diesen Computer wach halten',
    keepsAwakeHint:
      'Solange die App läuft, geht der Computer nicht von selbst in den Ruhezustand, damit Freunde dich erreichen. Der Bildschirm schaltet sich trotzdem ab, und ein zugeklappter Laptop schläft trotzdem.',
    keepsRunning: 'Weiterlaufen, wenn ich das Fenster schließe',
    keepsRunningHint: 'Ist das aus, wird mit dem Fenster auch die App beendet und damit dein Server.',
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
    browserNotifyUnsupported: 'Dieser Browser kann für diese Seite keine Benachrichtigungen anzeigen.',
    quiet: 'Ruhezeit',
    quietHint:
      'In dieser Zeit kommen keine Benachrichtigungen, weder in der App noch in Browsern. Nachrichten werden weiter gezählt.',
    quietFrom: 'Von',
    quietTo: 'Bis',
    notificationsHint:
      'Bei Nachrichten in Räumen, die du nicht geöffnet hast. Bei Einladungen und Warnungen, während du ein anderes Fenster benutzt.',
    notificationsRefused:
      'Dein System hat keine Benachrichtigung der App angezeigt. Erlaube sie in seinen Einstellungen. macOS zeigt keine für eine App, die nicht signiert ist.',
    sealed: 'Die Schlüssel auf diesem Computer sind durch seinen Schlüsselspeicher geschützt.',
    unsealed:
      'Die Schlüssel liegen in einer Datei, die nur dein Konto lesen kann. Der Schlüsselspeicher dieses Computers kann sie zusätzlich schützen.',
    sealKeys: 'Schlüssel schützen',
    service: 'Ohne Fenster',
    serviceHint:
      'Ein Dienst lässt deinen Server auch laufen, während niemand angemeldet ist. Er verwendet denselben Datenordner, und du kannst zu dieser App zurückkehren.',
    becomeService: 'Stattdessen als Dienst ausführen',
    updates: 'Updates',
    checkUpdate: 'Nach Updates suchen',
    installUpdate: 'Neu starten und aktualisieren',
    downloadPage: 'Download-Seite öffnen',
  },
  users: {
    explain:
      'Du schreibst als Betreiber. Bots und Bridges schreiben als der Benutzer, zu dem ihr Token gehört.',
    add: 'Benutzer hinzufügen',
    addButton: 'Benutzer hinzufügen',
    localpart: 'Benutzername',
    localpartHint:
      'Kleinbuchstaben, Ziffern, dazwischen auch . _ -. Wird zu @name:{domain} und lässt sich nicht ändern.',
    displayName: 'Anzeigename',
    displayNameHint: 'Diesen Namen sehen andere. Ohne Angabe sehen sie den Benutzernamen.',
    added: '{id} hinzugefügt.',
  },

  keys: {
    title: 'Signaturschlüssel',
    explain:
      'Dein Server signiert alles, was er sendet, mit dem aktiven Schlüssel, und andere Server merken ihn sich. Um ihn zu prüfen, vergleicht die Wörter am Telefon.',
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
    rotateOpen: 'Schlüssel wechseln …',
    rotateExplain:
      'Erstellt einen neuen Schlüssel. Mach das ab und zu, oder wenn jemand anderes Zugriff auf diesen Computer gehabt haben könnte. Alles bisher Signierte bleibt gültig.',
    announce: 'Neuen Schlüssel verwenden',
    announceOptions: {
      day: {
        label: 'In einem Tag',
        hint: 'Andere Server haben Zeit, den neuen Schlüssel zu holen, auch wenn sie eine Weile offline sind.',
      },
      hour: { label: 'In einer Stunde', hint: 'Genügt für Server, die gerade online sind.' },
      now: {
        label: 'Sofort',
        hint: 'Wenn jemand den alten Schlüssel gestohlen haben könnte. Andere Server holen den neuen mit deiner nächsten Nachricht.',
      },
    },
    rotateVerb: 'Schlüssel wechseln',
    rotateTitle: 'Signaturschlüssel wechseln?',
    rotateWill:
      'Dein Server signiert {when, select, day {in einem Tag} hour {in einer Stunde} other {sofort}} mit einem neuen Schlüssel.',
    rotateExactly: {
      announced: 'Deine Peers erfahren jetzt vom neuen Schlüssel.',
      old: 'Mit dem alten Schlüssel lassen sich noch 30 Tage lang Signaturen prüfen.',
      recovery:
        'Deine Wiederherstellungsdatei enthält den neuen Schlüssel nicht: Speichere danach eine neue.',
    },
    rotated: 'Neuer Schlüssel erzeugt. Speichere eine neue Wiederherstellungsdatei.',
  },
  recovery: {
    title: 'Wiederherstellungsdatei',
    explain:
      'Die Identität deines Servers und die Liste deiner Freunde in einer Datei, verschlüsselt mit einer Passphrase. Wenn du diesen Computer verlierst, bekommst du deinen Namen nur mit beidem zurück. Einen anderen Weg gibt es nicht: Weder ein Freund noch eine Neuinstallation kann helfen.',
    savedAt: 'Gespeichert',
    lacks:
      'Sie kennt {n, plural, one {# Freund nicht, der} other {# Freunde nicht, die}} seitdem dazukam{n, plural, one {} other {en}}. Speichere eine neue.',
    savedKeep:
      'Bewahre sie nicht nur auf diesem Computer auf, sondern auch auf einem USB-Stick oder in einem Passwortmanager.',
    missing: 'Du hast keine Wiederherstellungsdatei mit allen Schlüsseln deines Servers.',
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
    age: 'Weiter versuchen (Tage)',
    ageHint: 'So lange versucht dein Server eine Zustellung, bevor er aufgibt. 1 bis 365 Tage.',
    ageTitle: 'Zustellung',
    keysTitle: 'Abgelaufene Schlüssel von Peers',
    extendKeys: 'Abgelaufenen Schlüsseln weiter vertrauen, solange sie in Gebrauch sind',
    extendKeysHint:
      'Wenn ein Peer einen abgelaufenen Schlüssel weiter verwendet und sein HTTPS-Zertifikat geprüft oder gemerkt ist, vertraut dein Server dem Schlüssel jeweils einen Tag länger. Peers mit dem ursprünglichen Paracord-Server brauchen das.',
    limitsTitle: 'Limits für Peers',
    limitsExplain:
      'Gelten für jeden Peer ohne eigene Limits. Wer sie überschreitet, muss es später erneut versuchen. Nachrichten gehen dabei nicht verloren.',
    rate: 'Anfragen pro Minute',
    rateHint: '0 bis {max, number}. 0 lehnt alle Anfragen ab.',
    burst: 'Auf einmal',
    burstHint: 'So viele Anfragen dürfen auf einmal kommen, bevor das Limit pro Minute greift.',
    save: 'Speichern',
  },

  browsers: {
    title: 'Angemeldete Browser',
    explain: 'Jeder davon darf hier alles. Melde ab, was du nicht mehr benutzt.',
    current: 'dieser Browser',
    name: '{browser} auf {system}',
    unknown: 'Unbekannter Browser',
    since: 'angemeldet',
    lastUsed: 'zuletzt benutzt',
    logOut: 'Abmelden',
    logOutOf: '{name} abmelden',
    loggedOut: '{name} abgemeldet.',
    askTitle: '{name} abmelden?',
    askWill: 'Für eine neue Anmeldung braucht es einen neuen Link.',
    askKept: 'Was dort gerade geschrieben wird, geht nicht verloren.',
    add: 'Browser hinzufügen',
    addHint: 'Ein Link meldet innerhalb von 15 Minuten einmal einen Browser an.',
    make: 'Link erstellen',
    scan: 'Scanne ihn mit einem Telefon, oder öffne den Link im anderen Browser.',
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
      'Mit einem Token schreibt ein Bot oder eine Bridge über die HTTP-API als einer deiner Benutzer. Mehr erlaubt es nicht.',
    none: 'Du hast noch keine Tokens.',
    make: 'Token erstellen',
    name: 'Name',
    nameHint: 'Wofür du es brauchst, zum Beispiel „Wetter-Bot“.',
    user: 'Schreibt als',
    writesAs: 'schreibt als {user}',
    onClipboard:
      'Das Token ist in der Zwischenablage. Füge es jetzt dort ein, wo du es brauchst: Du kannst es nicht noch einmal kopieren, und dein Server behält keine Kopie.',
    shownOnce:
      'Kopiere das Token jetzt. Es wird nicht noch einmal angezeigt, und dein Server behält keine Kopie.',
    token: 'Token',
    copyToken: 'Token kopieren',
    stored: 'Ich habe es kopiert',
    pasted: 'Ich habe es eingefügt',
    lastUsed: 'zuletzt benutzt',
    made: 'erstellt',
    revoke: 'Zurückziehen',
    revokeLabel: '{name} zurückziehen',
    revokeTitle: '{name} zurückziehen?',
    revokeWill:
      'Alles, was dieses Token benutzt, funktioniert sofort nicht mehr, und du kannst das nicht rückgängig machen.',
    revoked: '{name} wurde zurückgezogen.',
  },

  files: {
    title: 'Dateien',
    labels: {
      person_mb: 'Für eine Person (MB)',
      all_mb: 'Für alle (MB)',
      spare_mb: 'Freier Platz, der bleibt (MB)',
      fetched_mb: 'Von selbst holen bis (MB)',
    },
    hints: {
      person_mb: 'Wie viel die Dateien in den Nachrichten einer Person hier belegen dürfen.',
      all_mb:
        'Wie viel alle Dateien belegen dürfen, auch Kopien fremder Dateien. Alte Kopien machen neuen Platz.',
      spare_mb: 'So viel der Festplatte belegen Dateien nie.',
      fetched_mb:
        'Dateien anderer bis zu dieser Größe kommen mit ihrer Nachricht. Bei 0 kommen sie, wenn jemand sie ansieht.',
    },
  },
  backup: {
    title: 'Backups',
    explain:
      'Eine vollständige Kopie: Identität, Schlüssel, Räume, Nachrichten und was noch zu senden ist. Dein Server läuft dabei weiter. Ein Backup enthält deine Schlüssel, bewahre es also sicher auf.',
    withFiles: 'Mit Bildern und Dateien',
    withFilesHint:
      'Ohne sie ist ein Backup klein. Nach dem Wiederherstellen holt dein Server, was andere noch haben.',
    now: 'Backup erstellen',
    making: 'Wird kopiert und geprüft …',
    made: 'Das Backup ist erstellt und geprüft.',
    none: 'Im Datenordner gibt es noch keine Backups.',
    copyFolder: 'Ordnerpfad kopieren',
    restoreTitle: 'Backup wiederherstellen',
    restoreSteps: {
      stop: 'Beende deinen Server.',
      start: 'Starte Paracord Node mit einem neuen, leeren Datenordner.',
      choose: 'Wähle „Meinen Server wiederherstellen“ und gib den Pfad des Backup-Ordners ein.',
    },
    restoreAfter:
      'Was damals wartete, wird noch einmal gesendet, Doppelte werden ignoriert. Tokens, die du nach dem Backup zurückgezogen hast, gelten wieder. Lass nie zwei Kopien desselben Ordners laufen.',
  },

  database: {
    title: 'Wo deine Daten sind',
    engines: {
      sqlite: 'Alles ist in einer Datei im Datenordner (SQLite).',
      postgresql: 'Alles ist in einer PostgreSQL-Datenbank. Im Datenordner ist eine Kopie davon.',
    },
    works: {
      sqlite: 'Funktioniert.',
      postgresql: 'Die Verbindung funktioniert.',
    },
    move: { sqlite: 'PostgreSQL verwenden', postgresql: 'Zurück zu einer Datei' },
    moveExplain: {
      sqlite:
        'Zu Hause brauchst du das nicht: Die Datei ist schnell und braucht keine Pflege. Mit PostgreSQL kann ein zweiter Computer übernehmen. Beende deinen Server und führe dann aus:',
      postgresql:
        'Eine Datei braucht keine Pflege. Beende deinen Server auf allen Computern und führe dann auf diesem aus:',
    },
  },

  recovered: {
    title: 'Was die Server deiner Freunde noch haben',
    explain:
      'Neueres ist nicht im Backup. Nach einer Wiederherstellung fragt dein Server die deiner Freunde und holt zurück, was nachweislich von ihm stammt.',
    why: {
      restored: 'Ein Backup wurde wiederhergestellt:',
      recovered: 'Die Identität wurde wiederhergestellt:',
      asked: 'Zuletzt gefragt:',
    },
    held: '{n, plural, one {Ein Raum wird noch gelesen. Bis dahin kann niemand von hier darin schreiben.} other {# Räume werden noch gelesen. Bis dahin kann niemand von hier darin schreiben.}}',
    recovered: 'Zurückgeholt',
    elsewhere: 'Anderswo bekannt',
    lost: 'Verloren',
    counts:
      '{events, plural, one {# Ereignis} other {# Ereignisse}}, {rooms, plural, one {# Raum} other {# Räume}}, {users, plural, one {# Benutzer} other {# Benutzer}}, {keys, plural, one {# Schlüssel} other {# Schlüssel}}',
    rooms: '{n, plural, =0 {nichts} one {# Raum} other {# Räume}}',
    things: '{n, plural, =0 {nichts} one {# Raum oder Schlüssel} other {# Räume und Schlüssel}}',
    unanswered: 'Noch nicht gefragt: {peers}. Dein Server fragt sie, sobald er sie erreicht.',
    details: 'Was gefunden wurde',
    ask: 'Noch einmal fragen',
    asking: 'Wird gefragt …',
    modes: { allow: 'erlaubt', block: 'blockiert', quarantine: 'in Quarantäne', known: 'kein Peer' },
  },

  diagnostics: {
    explain:
      'Ein Bericht über deinen Server für alle, die dir helfen. Er enthält Namen von Servern und Adressen, aber keine Schlüssel, Tokens, Passphrasen oder Nachrichten. Er wird nirgendwohin gesendet: Lies ihn und gib ihn selbst weiter.',
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
    server: 'Dein Server',
    telemetry: 'Keine Telemetrie. Dieses Programm verrät niemandem etwas über dich.',
    console: 'Konsole',
    consoleHint:
      'Dieser Browser ist angemeldet. Nach dem Abmelden brauchst du für die nächste Anmeldung einen neuen Link.',
    logOut: 'Von der Konsole abmelden',
  },
};
