import type { cliHelp as english } from '../en/cli-help.ts';
import type { Translation } from '../messages.ts';

export const cliHelp: Translation<typeof english> = {
  about: 'Ein Föderations-Node für kleine Chat-Server.',
  title: {
    usage: 'Aufruf:',
    options: 'Optionen:',
    commands: 'Befehle:',
    arguments: 'Argumente:',
    exitCodes: 'Exit-Codes:',
    examples: 'Beispiele:',
  },
  manual: { name: 'Name', synopsis: 'Übersicht', description: 'Beschreibung' },
  usage: { options: '[Optionen]', command: '[Befehl]' },
  help: 'Hilfe anzeigen',
  helpCommand: 'Hilfe zu einem Befehl anzeigen',
  version: 'Version anzeigen',
  choices: '(eines von: {choices})',
  withoutCommand:
    'Ohne Befehl startet paracord-node einen Node. Befehle sprechen mit dem Node, der mit demselben Datenordner läuft.',

  exitCodes: {
    ok: 'Erfolg',
    failure: 'Unerwarteter Fehler',
    usage: 'Eine Option, ein Argument oder die Eingabe ist ungültig',
    portInUse: 'Ein Port ist belegt',
    dataFolderInUse: 'Ein anderer Node verwendet den Datenordner oder die Datenbank',
    databaseNewer:
      'Die Datenbank ist beschädigt, fremd verändert oder fehlt, oder sie stammt von einer neueren oder unveröffentlichten Version',
    findings:
      'Eine Prüfung ist fehlgeschlagen (doctor, peers check), oder eine angenommene Einladung ist noch nicht abgeschlossen',
    identityDiffers: 'Der Datenordner gehört zu einem anderen Servernamen',
    notRunning: 'Es läuft kein Node, oder er antwortet nicht',
    refused: 'Der Node hat die Anfrage abgelehnt oder konnte sie nicht ausführen',
    nodeTooOld: 'Node.js ist zu alt',
    diskFull: 'Das Laufwerk ist voll',
    databaseUnreachable: 'Die PostgreSQL-Datenbank ist nicht erreichbar',
    databaseLost: 'Der Node hat seine Datenbank verloren, oder ein anderer Node hat übernommen',
  },

  flags: {
    headless: 'Ohne Fenster starten',
    dataDir:
      'Ordner für alles, was der Node speichert (Standard: der Ordner des Systems für Anwendungsdaten)',
    serverName:
      'Den Node beim ersten Start ohne Assistenten unter diesem Namen einrichten. Spätere Starts schlagen fehl, wenn die Daten einem anderen Namen gehören',
    listen: 'Adresse, an der der Node auf Peers wartet (Standard: [::]:8448, auch IPv4)',
    publicUrl: 'Adresse, unter der Peers den Node erreichen',
    control:
      'Adresse der Steuerungs-API und der Web-Konsole. Port 0 wählt einen freien Port (Standard: 127.0.0.1:8449)',
    consoleHost: 'Hostname der Konsole hinter einem TLS-Proxy vor --control',
    owner: 'Name des ersten lokalen Benutzers, mit --server-name (Standard: owner)',
    domain: 'Domain in Kennungen, falls sie vom Servernamen abweicht',
    newDatabase:
      'Mit einer leeren Datenbank starten, ohne Räume und Peers, wenn die dieser Identität verloren ist',
    database:
      'PostgreSQL-Datenbank für alles, was sonst in node.db wäre, als postgres://BENUTZER:PASSWORT@RECHNER/NAME. Der Node merkt sie sich. PARACORD_NODE_DATABASE setzt sie auch und hält das Passwort aus der Prozessliste heraus',
    logLevel: 'error, warn, info oder debug (Standard: info)',
    cpuProfile:
      'beim Beenden ein CPU-Profil in diese Datei schreiben, für die Entwicklerwerkzeuge eines Browsers',
    window:
      'Die Desktop-App öffnen, wenn es einen Bildschirm gibt, sonst ohne Fenster starten. npm start verwendet das',
    background: 'Starten, ohne das Fenster zu zeigen',
    tls: 'off, self-signed, files oder acme. Hinter einem Reverse-Proxy ist off richtig (Standard: self-signed)',
    tlsCert: 'Zertifikatskette als PEM-Datei, mit --tls files',
    tlsKey: 'Privater Schlüssel als PEM-Datei, mit --tls files',
    acmeAgree: 'Den Bedingungen der Zertifizierungsstelle zustimmen, mit --tls acme',
    acmeEmail: 'Adresse, unter der dich die Zertifizierungsstelle erreicht',
    acmeName:
      'Namen oder IP-Adressen für das Zertifikat (Standard: Host der öffentlichen Adresse, sonst der Servername)',
    acmeDirectory: 'ACME-Verzeichnis der Zertifizierungsstelle (Standard: Let’s Encrypt)',
    acmeChallenge:
      'http-01 oder tls-alpn-01 (Standard: tls-alpn-01, wenn Peers sich mit Port 443 verbinden, sonst http-01)',
    acmeHttp:
      'Wo der Node während der Prüfung auf http-01 antwortet. Port 80 deiner öffentlichen Adresse muss dorthin führen; der Node bittet deinen Router darum (Standard: Port 80, oder 8402, wenn Port 80 nicht verfügbar ist)',
  },

  options: {
    json: 'JSON der Steuerungs-API ausgeben',
    dataDir: 'Datenordner des Nodes',
    limit: 'Höchstzahl der Einträge, 1 bis 500',
    cursor: 'Dort weitermachen, wo eine frühere Liste endete',
    as: 'Lokaler Benutzer, der handelt (Standard: der Besitzer)',
    output:
      'Zieldatei, oder - für die Ausgabe im Terminal (Standard: der vorgeschlagene Name, in diesem Ordner)',
    moveTo: '„sqlite“ oder die Adresse einer leeren PostgreSQL-Datenbank',
    passphraseFile: 'Datei mit der Passphrase (Standard: von der Standardeingabe lesen)',
    setupOwner: 'Name des ersten lokalen Benutzers (Standard: owner)',
    announceSeconds: 'Wie lange der neue Schlüssel angekündigt wird, bevor der Node damit signiert',
    displayName: 'Name, den andere sehen',
    inviteRoom: 'Der Raum dieses Servers, in den die Einladung führt',
    hours: 'Wie viele Stunden die Einladung gilt, 1 bis 720 (Standard: 168, eine Woche)',
    yes: 'Dem Server ohne Rückfrage vertrauen',
    wait: 'Antwortet der Server des Links nicht, 30 Tage lang weiterversuchen und ihm vertrauen, sobald er den Schlüssel aus dem Link zeigt',
    mode: 'Wie weit ihm vertraut wird',
    peerName: 'Sein Name, wenn er seine Seite verbirgt; sonst muss er so heißen',
    peerKey: 'Nur diesen Schlüssel hinterlegen, 64 Hexziffern; er muss ihn veröffentlichen',
    peerKeyId: 'Die ID dieses Schlüssels',
    peerWait:
      'Warten, bis der andere Server diesen kennt, und ihn alle 15 Sekunden fragen. Im Terminal ist das bei einem bestehenden Paracord-Server die Voreinstellung',
    reason: 'Notiz für dich',
    rule: 'Wer beitreten darf (Standard: invite)',
    roomChannels: 'Kanäle des Raums',
    keepDays: 'Die Nachrichten der letzten so vielen Tage aufbewahren',
    keepMegabytes: 'Höchstens so viele Megabyte aufbewahren und die ältesten Nachrichten zuerst verwerfen',
    keepAll: 'Ab jetzt alles aufbewahren',
    joinOneWay:
      'Nicht nachfragen, bevor du einem Raum beitrittst, dessen Server seinen Nutzern nicht zeigt, was du schreibst',
    dropOld: 'Nicht nachfragen, bevor alte Nachrichten verworfen werden',
    via: 'Server, auf dem der Raum zu Hause ist, als Name oder Domain. Nur der Server aus der Raum-ID gilt',
    channel: 'ID oder Name eines Kanals',
    remove: 'Die Reaktion entfernen',
    proxyHost: 'Host in der öffentlichen Adresse dieses Servers (Standard: aus der öffentlichen Adresse)',
    upstream: 'Wo der Proxy den Node erreicht (Standard: seine jetzige Adresse)',
    port: 'Port, an dem der Node auf Peers wartet',
    publicUrl: 'Adresse, unter der Peers den Node erreichen, oder „none“',
    portMapping: 'Ob der Router um eine Portfreigabe gebeten wird',
    extendKeys:
      'Ob der abgelaufene Schlüssel eines Peers tageweise verlängert wird, solange der Peer ihn noch benutzt',
    outboxDays: 'Wie viele Tage lang eine Zustellung wiederholt wird',
    language: 'Sprache des Fensters, der Konsole und des Infobereichs',
    quietHours: 'Wann keine Benachrichtigungen erscheinen, etwa 22:00-07:00, oder „none“',
    keepEditHistory:
      'Ob frühere Fassungen bearbeiteter Nachrichten bleiben. „no“ löscht sie; „yes“ holt sie nicht zurück',
  },

  commands: {
    listOf: '{summary} (wie ohne „list“)',
    status: 'Den Zustand des Nodes anzeigen',
    setup: 'Dem Node seine Identität geben. Das geht nur einmal',
    console: 'Einen Link erstellen, mit dem sich ein Browser an der Konsole anmeldet',
    keys: 'Signaturschlüssel, der aktive zuerst',
    keysRotate: 'Einen neuen Signaturschlüssel ankündigen und danach mit ihm signieren',
    keysExport:
      'Eine Wiederherstellungsdatei speichern: die ganze Identität, verschlüsselt mit einer Passphrase von mindestens 12 Zeichen',
    keysRecover: 'Auf einem neuen Node eine Identität aus einer Wiederherstellungsdatei herstellen',
    users: 'Lokale Benutzer, der Besitzer zuerst',
    usersAdd: 'Einen lokalen Benutzer hinzufügen',
    settings: 'Einstellungen, die sich im laufenden Betrieb ändern lassen',
    settingsChange: 'Einstellungen ändern. Sie gelten sofort, und Peers erfahren von einer neuen Adresse',
    repair: 'Die Datenbank eines gestoppten Nodes prüfen, und ihre Indexe und die Räume neu aufbauen',
    trustClock: 'Bestätigen, dass die Uhr dieses Computers stimmt',
    settingsRetry: 'Die ausstehende Zertifikatsanfrage jetzt wiederholen',
    peers: 'Server, die dieser Node kennt',
    peersAdd: 'Einen Peer hinzufügen. Der Node holt seine Schlüssel und pinnt sie',
    peersShow: 'Einen Peer anzeigen',
    peersAllow: 'Wieder Ereignisse von einem Peer annehmen',
    peersBlock: 'Nichts von einem Peer annehmen und ihm nichts senden',
    peersQuarantine: 'Alles zurückhalten, was ein Peer sendet, bis du es freigibst',
    peersForget: 'Einen Peer und seine Schlüssel vergessen',
    peersExtendKeys:
      'Den abgelaufenen Schlüsseln, die ein Peer noch benutzt, dauerhaft vertrauen. Frag vorher seinen Besitzer',
    peersCheck: 'Die Verbindung zu einem Peer jetzt prüfen, Schritt für Schritt',
    peersHeld: 'Zurückgehaltene Ereignisse eines Peers in Quarantäne, die ältesten zuerst',
    peersRelease: 'Alle zurückgehaltenen Ereignisse eines Peers freigeben, oder nur die genannten',
    peersDiscard: 'Alle zurückgehaltenen Ereignisse eines Peers verwerfen, oder nur die genannten',
    invite:
      'Einen Link zum einmaligen Gebrauch erstellen, der einen anderen Server zu deinem Peer macht und auf Wunsch in einen Raum führt',
    inviteList: 'Einladungslinks, die du erstellt hast, die neuesten zuerst',
    inviteRevoke: 'Einen ausstehenden Einladungslink widerrufen',
    accept:
      'Einen Einladungslink annehmen und seinem Raum beitreten. Fragt vorher nach; ohne Terminal ist --yes nötig',
    waiting: 'Angenommene Einladungen, deren Server noch nicht geantwortet hat',
    waitingDrop: 'Nicht länger auf diesen Server warten',
    rooms: 'Räume auf diesem Server und Räume anderer Server, in denen du bist',
    roomsCreate: 'Einen Raum auf diesem Server erstellen',
    roomsShow: 'Einen Raum anzeigen',
    roomsJoin: 'Einem Raum beitreten, hier oder bei einem Peer',
    roomsLeave: 'Einen Raum verlassen',
    roomsInvite: 'Einen Benutzer dieses Servers oder eines Peers einladen',
    roomsInvites: 'Wer in einen Raum dieses Servers eingeladen und noch nicht beigetreten ist',
    roomsRevoke: 'Eine Einladung in einen Raum dieses Servers widerrufen',
    roomsMembers: 'Mitglieder eines Raums, von allen Servern',
    roomsRemove: 'Ein Mitglied aus einem Raum dieses Servers entfernen',
    roomsChannel: 'Einem Raum dieses Servers einen Kanal hinzufügen',
    roomsRetention:
      'Zeigen oder ändern, wie viel von einem Raum dieser Server aufbewahrt. Fragt nach, bevor etwas verworfen wird; ohne Terminal mit --yes',
    invites: 'Einladungen in Räume für lokale Benutzer',
    invitesAccept: 'Eine Einladung annehmen und dem Raum beitreten',
    invitesDecline: 'Eine Einladung ablehnen',
    send: 'Eine Nachricht senden. Ohne --channel geht sie in den ersten Kanal',
    timeline: 'Die letzten Nachrichten, die neueste zuletzt',
    event: 'Ein Ereignis anzeigen: woher es kam und welche Server es haben',
    edit: 'Eine Nachricht eines lokalen Benutzers bearbeiten',
    delete: 'Eine Nachricht löschen',
    react: 'Auf eine Nachricht reagieren oder eine Reaktion entfernen',
    outbox: 'Ausstehende Zustellungen, nach Ziel',
    outboxShow: 'Ausstehende Zustellungen an ein Ziel, die ältesten zuerst',
    outboxRetry:
      'Jetzt wiederholen, auch nicht zustellbare Ereignisse: alle, oder nur die genannten Ereignisse',
    outboxDrop: 'Ein Ereignis nicht länger an dieses Ziel zustellen',
    backup: 'Ein Backup von allem anlegen, was der Node braucht, und es prüfen',
    restore: 'Zum Server eines Backup-Ordners werden, auf einem Node ohne Namen; er prüft zuerst eine Kopie',
    backups: 'Backups im Datenordner, die neuesten zuerst',
    moveData:
      'Die Daten eines gestoppten Nodes in eine leere PostgreSQL-Datenbank umziehen, oder zurück nach SQLite',
    drill: 'Das neueste Backup erproben, ohne es wiederherzustellen, und zeigen, was ihm fehlt',
    recovery:
      'Was dieser Node nach einer Wiederherstellung von seinen Peers zurückbekommen hat, und was nicht',
    recoveryStart: 'Alle Peers noch einmal fragen, was sie über diesen Server wissen, und alles neu lesen',
    recoveryConfirm:
      'Bestätigen, wie weit du Peers vertraust, wie es im Backup steht: allen, oder nur den genannten',
    tokens: 'Zugangstoken von Bots und Bridges',
    tokensAdd: 'Ein Token erstellen, das als ein lokaler Benutzer handelt, nur in Räumen',
    tokensRevoke: 'Ein Token sofort widerrufen',
    diagnostics:
      'Einen Bericht für jemanden speichern, der dir hilft. Er enthält keine Schlüssel, Token oder Nachrichten',
    doctor: 'Diesen Node und alle Peers prüfen, Schritt für Schritt',
    completion: 'Ein Skript ausgeben, das Befehle und Optionen in bash, zsh oder fish vervollständigt',
    proxy: 'Eine Konfiguration für caddy oder nginx ausgeben, wenn ein Proxy TLS für diesen Node übernimmt',
    watch: 'Live anzeigen, was geschieht',
  },
};
