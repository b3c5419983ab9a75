import type { desktop as english } from '../en/desktop.ts';
import type { Translation } from '../messages.ts';

export const desktop: Translation<typeof english> = {
  cancel: 'Abbrechen',
  ok: 'OK',
  nothingDone: 'Es wurde nichts geändert.',
  autostartComment: 'Hält deinen Chat-Server mit deinen Freunden verbunden',

  menu: {
    file: 'Datei',
    closeWindow: 'Fenster schließen',
    quit: 'Beenden',
    edit: 'Bearbeiten',
    undo: 'Rückgängig',
    redo: 'Wiederholen',
    cut: 'Ausschneiden',
    copy: 'Kopieren',
    paste: 'Einfügen',
    delete: 'Löschen',
    selectAll: 'Alles auswählen',
    copyLink: 'Linkadresse kopieren',
    learn: 'Zum Wörterbuch hinzufügen',
    view: 'Ansicht',
    actualSize: 'Originalgröße',
    zoomIn: 'Vergrößern',
    zoomOut: 'Verkleinern',
    fullScreen: 'Vollbild',
    developerTools: 'Entwicklerwerkzeuge',
    window: 'Fenster',
    minimize: 'Minimieren',
    zoom: 'Zoomen',
    bringAllToFront: 'Alle nach vorne bringen',
    about: 'Über Paracord Node',
    settings: 'Einstellungen …',
    help: 'Hilfe',
    report: 'Problem melden …',
    showLog: 'Protokolldatei zeigen',
    services: 'Dienste',
    hide: 'Paracord Node ausblenden',
    hideOthers: 'Andere ausblenden',
    showAll: 'Alle einblenden',
    quitApp: 'Paracord Node beenden',
  },

  tray: {
    starting: 'Startet …',
    noPeers: 'Noch niemand eingeladen',
    peers: '{ok, number} von {wanted, plural, one {# Server} other {# Servern}} verbunden',
    noneWaiting: 'Nichts wartet',
    waiting: '{count, plural, one {# Zustellung wartet} other {# Zustellungen warten}}',
    failed: '{waiting}, {dead, number} fehlgeschlagen',
    work: '{title}: {percent, number} %',
    pause: 'Anhalten',
    pauseForAnHour: 'Für eine Stunde anhalten',
    pausedUntil: 'Angehalten bis {until, time, short}',
    resume: 'Fortsetzen',
    update: 'Version {version} ist verfügbar …',
    copyInvite: 'Einladungslink kopieren',
    addSomeone: 'Jemanden bei dir zu Hause hinzufügen …',
    unread: '{count, plural, one {# ungelesene Nachricht} other {# ungelesene Nachrichten}}',
    manyUnread: 'Mehr als {count, number} ungelesene Nachrichten',
    open: 'Paracord Node öffnen',
    quit: 'Paracord Node beenden',
  },

  invite: {
    copied: 'Einladungslink kopiert',
    copiedDetail:
      'Er gilt einmal und läuft in einer Woche ab. Schick ihn nur einer Person: Wer ihn öffnet, verbindet sich mit deinem Server.',
    none: 'Es konnte kein Einladungslink erstellt werden',
    setAddress: 'Öffentliche Adresse festlegen',
  },

  quit: {
    message: 'Paracord Node beenden?',
    detail: 'Bis dahin bist du nicht erreichbar. Was wartet, wird gesendet, sobald du es wieder startest.',
    button: 'Beenden',
    dontAsk: 'Nicht mehr fragen',
  },

  starting: {
    message: 'Dein Server startet',
    detail:
      'Der erste Start einer neuen Version kann einige Minuten dauern, weil die Datenbank auf den neuen Stand kommt. Ein Server auf PostgreSQL wartet, solange er auf einem anderen Computer läuft. Das Fenster öffnet sich von selbst.',
    rooms: '{done, number} von {total, plural, one {# Raum} other {# Räumen}} auf dem neuen Stand',
  },

  quitStarting: {
    message: 'Dein Server startet noch',
    detail:
      'Paracord Node wird beendet, sobald er gestartet ist, spätestens nach einer Minute. Wenn du sofort beendest, geht nichts verloren, aber der Start muss vielleicht von vorn beginnen.',
    now: 'Sofort beenden',
    wait: 'Warten',
  },

  pageFailed: {
    message: 'Das Fenster stürzt immer wieder ab',
    detail: 'Dein Server läuft weiter. Einzelheiten stehen im Datenordner in desktop/node.log.',
    button: 'Erneut versuchen',
  },

  confirm: {
    forgetPeer: {
      message: '„{peer}“ vergessen?',
      detail:
        'Das löscht seine Schlüssel, und was auf ihn wartet, wird nicht gesendet. Wenn du ihn wieder hinzufügst, fängst du von vorne an.',
      button: 'Vergessen',
    },
    discardHeld: {
      some: '{count, plural, one {# zurückgehaltenes Ereignis von „{peer}“ verwerfen?} other {# zurückgehaltene Ereignisse von „{peer}“ verwerfen?}}',
      all: 'Alle zurückgehaltenen Ereignisse von „{peer}“ verwerfen?',
      detail: 'Für seinen Server gelten sie als zugestellt. Er sendet sie nicht noch einmal.',
      button: 'Verwerfen',
    },
    giveUpOutbox: {
      message: 'Diese Zustellung an „{peer}“ verwerfen?',
      detail:
        'Die Nachricht wird nicht an diesen Server gesendet, außer du sendest sie erneut. Andere Server bekommen sie trotzdem.',
      button: 'Verwerfen',
    },
    rotateKeys: {
      message: 'Signaturschlüssel wechseln?',
      detail:
        'Andere Server erfahren von einem neuen Schlüssel, mit dem dein Server danach signiert. Zum alten kannst du nicht zurück.',
      button: 'Schlüssel wechseln',
    },
    exportIdentity: {
      message: 'Wiederherstellungsdatei speichern?',
      detail:
        'Sie enthält die ganze Identität deines Servers. Wer die Datei und ihre Passphrase hat, kann sich als dein Server ausgeben. Mach nur weiter, wenn du das gerade selbst ausgelöst hast.',
      button: 'Wiederherstellungsdatei speichern',
    },
    addToken: {
      message: 'Token „{name}“ für „{user}“ erstellen?',
      detail:
        'Ein Programm mit diesem Token kann als dieser Benutzer schreiben, bis du es zurückziehst. Das Token wird in die Zwischenablage kopiert und nirgends angezeigt. Mach nur weiter, wenn du das gerade selbst ausgelöst hast.',
      button: 'Token erstellen',
    },
    makeLoginLink: {
      message: 'Anmeldelink erstellen?',
      detail:
        'Wer ihn zuerst öffnet, hat die volle Kontrolle über deinen Server. Er wird in die Zwischenablage kopiert. Mach nur weiter, wenn du das gerade selbst ausgelöst hast.',
      button: 'Link erstellen',
    },
    limitRoom: {
      message: 'Alte Nachrichten dieses Raums entfernen?',
      detail:
        'Dein Server entfernt Nachrichten über dem Limit endgültig, jetzt und in Zukunft. Mach nur weiter, wenn du das gerade selbst ausgelöst hast.',
      button: 'Nachrichten entfernen',
    },
    becomeService: {
      message: 'Deinen Server als Dienst ausführen?',
      detail:
        'Diese App endet, und ein Dienst mit demselben Datenordner startet. Er hat kein Symbol in der Leiste und zeigt keine Benachrichtigungen. Du öffnest deinen Server im Browser: Der Befehl paracord-node console gibt einen Link aus. Um das rückgängig zu machen, starte die App wieder.',
      button: 'Als Dienst ausführen',
    },
    sealKeys: {
      message: 'Die Schlüssel mit dem Schlüsselspeicher schützen?',
      detail:
        'Danach kann nur noch diese App sie lesen, und nur mit deinem Konto auf diesem Computer. Ohne Fenster lässt sich dieser Datenordner dann nicht mehr verwenden, und für den Umzug auf einen anderen Computer brauchst du die Wiederherstellungsdatei.',
      button: 'Schützen',
    },
  },

  service: {
    sealed:
      'Die Schlüssel deines Servers sind mit dem Schlüsselspeicher geschützt, und nur diese App kann sie öffnen. Ein Dienst kann es nicht.',
    noProgram:
      'Das Programm für einen Server ohne Fenster fehlt. Installiere das Debian-Paket paracord-node in Version {version} und versuche es erneut.',
    otherVersion:
      'Das Programm für einen Server ohne Fenster hat die Version {found}, diese App die Version {version}. Installiere beide in derselben Version.',
    noSystemd:
      'Auf diesem System laufen keine Dienste für einzelne Benutzer (systemd). Starte stattdessen selbst paracord-node --headless.',
    otherService:
      'Der Dienst des Debian-Pakets betreibt auf diesem Computer einen eigenen Server. Halte ihn zuerst an: sudo systemctl disable --now paracord-node',
    onlyLoggedIn: {
      message: 'Nur laufen lassen, solange du angemeldet bist?',
      detail:
        'Das System lässt den Dienst nicht laufen, während du abgemeldet bist. Wer das System verwaltet, kann das mit loginctl enable-linger und deinem Benutzernamen ändern.',
      button: 'Als Dienst ausführen',
    },
    done: {
      message: 'Dein Server läuft jetzt als Dienst',
      detail:
        'Um ihn im Browser zu öffnen, gib ein: paracord-node console. Damit er wieder in dieser App läuft, starte die App.',
      button: 'OK',
    },
    failed: {
      message: 'Der Dienst ist nicht gestartet',
      detail: 'Nichts wurde geändert, und diese App betreibt deinen Server wieder. Der Grund: {reason}',
      button: 'OK',
    },
    running: {
      message: 'Dein Server läuft als Dienst',
      detail:
        'Um ihn im Browser zu öffnen, gib ein: paracord-node console. Oder lass ihn wieder in dieser App laufen: Dann wird der Dienst angehalten und entfernt. Dein Server behält seine Daten.',
      back: 'In dieser App ausführen',
      quit: 'Beenden',
    },
  },

  notices: {
    withText: '{sender}: {body}',
    test: 'Testbenachrichtigung',
    testBody: 'Dieses Gerät klingelt.',
    invite: 'Einladung in einen Raum',
    invites: '{inviter} lädt dich in {room} ein.',
    wantsToWrite: '{name} möchte mit dir schreiben.',
    warning: 'Paracord Node braucht deine Aufmerksamkeit',
    update: 'Version {version} von Paracord Node ist verfügbar',
    updateReady: 'Starte die App in den Einstellungen neu, um sie zu installieren.',
    updateToDownload: 'In den Einstellungen steht, wo du sie herunterlädst.',
    hidden: {
      title: 'Dein Server läuft weiter',
      body: 'Starte Paracord Node noch einmal, um das Fenster zu öffnen.',
      bodyWithIcon:
        'Klicke auf das Symbol, um das Fenster zu öffnen. Um den Server zu beenden, wähle „Beenden“ im Menü des Symbols.',
    },
  },

  locked: {
    message: 'Der Schlüsselspeicher hat die Identität deines Servers nicht geöffnet',
    detail:
      'Die Identität ist mit dem Schlüsselspeicher dieses Computers geschützt. Er hat geantwortet: „{reason}“. Ohne sie kann dein Server nicht starten. Vielleicht ist der Schlüsselspeicher gesperrt, oder es ist ein anderer als zuvor. Entsperre ihn und versuche es erneut. Wenn er den Schlüssel nicht mehr hat, nimm deine Wiederherstellungsdatei: Der Server startet wie neu und fragt nach der Datei. Deine Räume und Nachrichten bleiben.',
    again: 'Erneut versuchen',
    recover: 'Wiederherstellungsdatei verwenden',
    waiting: {
      message: 'Der Schlüsselspeicher antwortet nicht',
      detail:
        'Die Identität deines Servers ist mit dem Schlüsselspeicher dieses Computers geschützt, und der hat noch nicht geantwortet. Vielleicht ist er gesperrt: Entsperre ihn, dann startet dein Server von selbst. Wenn er kein Fenster zeigt, melde dich ab und wieder an. Wenn du diesen Schlüsselspeicher nicht mehr benutzt, nimm deine Wiederherstellungsdatei: Der Server startet wie neu und fragt nach der Datei. Deine Räume und Nachrichten bleiben.',
    },
  },

  secrets: {
    notSaved:
      'Die Wiederherstellungsdatei konnte nicht gespeichert werden: {reason}. Speichere sie noch einmal, in einem anderen Ordner.',
    tokenNotCopied:
      'Das Token konnte nicht in die Zwischenablage kopiert werden: {reason}. Es wurde zurückgezogen. Erstelle ein neues.',
    linkNotCopied:
      'Der Anmeldelink konnte nicht in die Zwischenablage kopiert werden: {reason}. Er läuft von selbst ab. Erstelle einen neuen.',
  },

  unsandboxed: {
    message: 'Ohne Sandbox starten?',
    detail:
      'Dieses System lässt die App ihr Fenster nicht in eine Sandbox setzen. Die Sandbox begrenzt, was ein Fehler im Fenster auf deinem Computer anrichten kann. Um sie zu behalten, installiere das .deb-Paket statt des AppImage oder erlaube dieser App User Namespaces.',
    start: 'Trotzdem starten',
    quit: 'Beenden',
  },

  outside: {
    message: 'Paracord Node in den Ordner „Programme“ verschieben?',
    detail:
      'Von seinem jetzigen Ort aus kann es nicht bei der Anmeldung starten, keine Links öffnen und sich nicht aktualisieren. Es verschiebt sich selbst und startet dann neu.',
    move: 'Verschieben',
    stay: 'Nicht jetzt',
  },

  uncaught: {
    message: 'In Paracord Node ist etwas schiefgegangen',
    detail:
      'Das ist ein Fehler im Programm. Vielleicht arbeitet dein Server nicht mehr, wie er sollte. Starte die App deshalb neu. Daten gehen nicht verloren. Einzelheiten stehen in desktop/node.log im Datenordner.',
    restart: 'Neu starten',
    keepRunning: 'Weiterlaufen lassen',
  },

  nodeFailed: {
    message: 'Dein Server läuft nicht mehr',
    detail:
      'Nach einer Wiederherstellung oder einem Wechsel des Computers sollte er neu starten. Das ist fehlgeschlagen: {reason} Starte die App neu, um es noch einmal zu versuchen.',
    restart: 'Neu starten',
    later: 'Jetzt nicht',
  },

  updates: {
    fromSources: 'Die App läuft aus ihrem Quellcode. Aktualisiere ihn, um die App zu aktualisieren.',
    fromStore: 'Der App-Store hält diese App aktuell.',
    noPlace:
      'Dieser Build weiß nicht, wo es neuere Versionen gibt. Lade sie dort herunter, wo du diese her hast.',
    ready: 'Version {version} kann installiert werden.',
    unchecked: 'Noch nicht nach Updates gesucht.',
    checking: 'Suche nach Updates …',
    current: 'Keine neuere Version gefunden.',
    downloading: 'Version {version} wird heruntergeladen …',
    failed: 'Die Suche nach Updates ist fehlgeschlagen: {reason}',
    notReady: 'Es ist kein Update zur Installation bereit. Suche zuerst nach Updates.',
    asInstalled:
      'Version {version} ist verfügbar. Lade das neue Paket oder Archiv herunter und installiere es über dieses. Dein Server behält seine Daten.',
    unsigned:
      'Version {version} ist verfügbar. macOS lässt sie diese App nicht installieren, weil die App nicht signiert ist. Lade die neue Version herunter und ersetze die App.',
    readOnly:
      'Version {version} ist verfügbar. Die App kann sie nicht installieren, weil sie nicht in ihre eigene Datei oder ihren Ordner schreiben darf. Lade die neue Version herunter und ersetze die Datei.',
    notMoved:
      'Version {version} ist verfügbar. Die App kann sie nicht installieren, weil sie nicht im Ordner „Programme“ liegt. Beende sie, verschiebe sie dorthin und starte sie wieder.',
    notInstalled:
      'Version {version} konnte nicht installiert werden: {reason}. Dein Server läuft mit der alten Version. Versuche es erneut oder lade die neue Version herunter.',
  },

  shell: {
    noLoginItem:
      'Diese App kann nicht selbst einstellen, ob sie bei der Anmeldung startet. Verwende dafür die Einstellungen deines Systems.',
    needsApproval:
      'macOS möchte erst deine Zustimmung. Öffne die Systemeinstellungen, Allgemein, Anmeldeobjekte, und erlaube Paracord Node.',
    noKeyStore:
      'Kein Schlüsselspeicher hat die Schlüssel geschützt, und es wurde nichts geändert. Er ist vielleicht gesperrt, oder es gibt keinen. Entsperre ihn oder installiere einen wie GNOME Keyring oder KWallet. Starte dann die App neu und versuche es noch einmal.',
    keyStoreFailed:
      'Der Schlüsselspeicher hat die Schlüssel nicht geschützt: {reason}. Es wurde nichts geändert. Entsperre ihn, starte die App neu und versuche es noch einmal.',
    notBuilt: 'Die Oberfläche wurde noch nicht gebaut. Führe das aus: npm run build',
    nothingHere: 'Unter dieser Adresse gibt es nichts.',
    getOnly: 'Hier sind nur GET-Anfragen möglich.',
  },

  start: {
    button: 'Beenden',
    failed: 'Paracord Node konnte nicht starten',
    unexpected: 'Unerwarteter Fehler: {reason}',
    portInUse: 'Der Port deines Servers ist belegt',
    portInUseAdvice:
      'Vielleicht läuft dein Server schon ohne Fenster. Beende ihn dort, und öffne Paracord Node dann noch einmal.',
    dataInUse: 'Dein Server läuft schon',
    dataInUseAdvice:
      'Er läuft ohne Fenster, als Dienst oder in einem Terminal. Verwende seine Konsole im Browser, oder beende ihn und öffne Paracord Node noch einmal.',
    databaseNewer: 'Diese Daten stammen von einer neueren Version von Paracord Node',
    databaseNewerAdvice: 'Es wurde nichts geändert.',
    databaseUnreleased: 'Diese Daten stammen von einer Entwicklungsversion von Paracord Node',
    diskFull: 'Das Laufwerk ist voll',
    dataFolder: 'Der Datenordner ist nicht benutzbar',
    databaseMissing: 'Die Datenbank fehlt',
    databaseUnreachable: 'Die Datenbank ist nicht erreichbar',
    databaseDamaged: 'Die Datenbank ist beschädigt',
    databaseForeignSchema: 'Ein anderes Programm hat die Datenbank verändert',
    identity: 'Die Identität deines Servers lässt sich nicht öffnen',
    identityAdvice:
      'Eine geschützte Identität öffnet sich nur auf dem Computer und für den Benutzer, der sie geschützt hat, und nur bei entsperrtem Schlüsselspeicher. Wenn das hier der Fall ist, melde dich ab und wieder an. Sonst stelle sie aus der Wiederherstellungsdatei in einem leeren Datenordner wieder her.',
    conflict: 'Die Daten gehören zu einem anderen Server',
    usage: 'Paracord Node wurde mit einer ungültigen Option gestartet',
    command:
      'Das ist die Desktop-App, und sie hat keine Befehle. Die Befehlszeile ist ein eigenes Programm: Es ist im Debian-Paket paracord-node und im Quellpaket (npm run paracord-node).',
    headless:
      'Diese App hat immer ein Fenster. Um den Server ohne Fenster zu betreiben, nimm das Quellpaket: npm start -- --headless.',
  },
};
