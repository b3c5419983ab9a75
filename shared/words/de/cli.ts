import type { cli as english } from '../en/cli.ts';
import type { Translation } from '../messages.ts';
import { cliData } from './cli-data.ts';
import { cliTerms } from './cli-terms.ts';

export const cli: Translation<typeof english> = {
  yes: 'ja',
  no: 'nein',
  none: 'noch keiner',
  notSet: 'nicht festgelegt',
  notCompared: 'noch nicht verglichen',
  notKnown: 'noch nicht bekannt',
  more: 'Es gibt weitere: --cursor {cursor}',

  ask: {
    yesNo: '[j/N]',
    yesLetter: 'j',
    yesWord: 'ja',
    drop: 'Ältere Nachrichten aus {room} entfernen?',
    trust: '{server} vertrauen?',
    letIn: '{server} als denselben Server zulassen?',
    join: 'Einem Raum von {home} beitreten?',
    deleteRoom: '{room} löschen? Alle werden entfernt, und niemand kann wieder beitreten.',
    deleteChannel: 'Den Kanal {channel} mit allen Nachrichten auf allen Servern löschen?',
    token: 'Token oder Schlüssel:',
    passphrase: 'Passphrase:',
    passphraseAgain: 'Passphrase wiederholen:',
  },

  errors: {
    unexpected: 'Unerwarteter Fehler: {reason}',
    input: '{problem} Mit --help zeigt der Befehl, was er annimmt.',
    unknownCommand: 'Es gibt keinen Befehl „{command}“. „paracord-node --help“ zeigt alle Befehle.',
    unknownSubcommand: 'Es gibt keinen Befehl „{command}“. Verwende {group} mit einem von diesen: {choices}.',
    unknownOption: 'Es gibt keine Option {option}.',
    dashText:
      'Es gibt keine Option „{option}“. Ist es Text, dann setze -- davor, zum Beispiel: send Küche -- "- Milch"',
    didYouMean: 'Es gibt keine Option {option}. Meintest du {suggestion}?',
    missingArgument: 'Das Argument <{argument}> fehlt.',
    missingFlag: 'Die Option {flag} fehlt.',
    missingValue: 'Die Option {option} braucht einen Wert.',
    notAChoice: '{option}: erwartet wird eines von {choices}, nicht „{value}“.',
    wholeNumber: '{flag}: erwartet wird eine ganze Zahl, nicht „{value}“.',
    day: '{flag}: erwartet wird ein Tag wie 2026-11-26, nicht „{value}“.',
    inviteHours: '{flag}: erwartet werden 1 bis 720 Stunden, nicht „{value}“.',
    startFlag: '{flag} startet deinen Server und kann deshalb nicht vor „{command}“ stehen.',
    noResponse: 'Dein Server unter {url} antwortet nicht ({reason}). {advice}',
    noControlFile: 'Dein Server läuft nicht mit diesem Datenordner: {file} gibt es nicht. {advice}',
    controlFileUnreadable:
      'Dein laufender Server wurde nicht gefunden: {file} ist nicht lesbar ({reason}). {advice}',
    controlFileInvalid:
      'Dein laufender Server wurde nicht gefunden: {file} enthält keine gültige URL mit Token. {advice}',
    startAdvice:
      'Starte deinen Server mit „paracord-node --data-dir {dir}“, oder nenne mit --data-dir einen anderen Ordner.',
    fileExists: '{path} gibt es schon. Nenne mit --output eine andere Datei.',
    fileNotWritten: '{path} konnte nicht geschrieben werden: {reason}. Nenne mit --output eine andere Datei.',
    pictureTooLarge: '{path} hat mehr als {max, number} KiB. Mach das Bild kleiner.',
    fileNotRead: '{what}: {path} konnte nicht gelesen werden ({reason}).',
    passphrasesDiffer: 'Die Passphrasen stimmen nicht überein. Es wurde nichts geändert.',
    noRoom: 'Kein Raum heißt „{name}“. „paracord-node {command}“ zeigt die IDs.',
    severalRooms: 'Mehrere Räume heißen „{name}“. „paracord-node {command}“ zeigt die IDs.',
    noChannel: 'Kein Kanal heißt „{name}“. „paracord-node {command}“ zeigt die IDs.',
    severalChannels: 'Mehrere Kanäle heißen „{name}“. „paracord-node {command}“ zeigt die IDs.',
    nothingToChange:
      'Es gibt nichts zu ändern. „paracord-node settings change --help“ zeigt, was sich ändern lässt.',
    needsYes:
      'Es wurde nichts geändert. Ohne Terminal kann dich dieser Befehl nicht fragen, ob du {server} vertraust. Lass dir diesen Fingerabdruck vom Betreiber bestätigen: {fingerprint}. Führe den Befehl dann mit --yes noch einmal aus.',
    needsYesToDrop:
      'Es wurde nichts geändert. Ohne Terminal kann dieser Befehl nicht fragen, ob ältere Nachrichten entfernt werden sollen. Führe ihn mit --yes noch einmal aus.',
    needsYesToDelete:
      'Es wurde nichts gelöscht. Ohne Terminal kann dieser Befehl nicht nachfragen. Führe ihn mit --yes noch einmal aus.',
    needsYesToJoin:
      'Es wurde nichts geändert. Ohne Terminal kann dieser Befehl nicht fragen, ob du einem Raum von {home} beitreten willst. {home} zeigt seinen Benutzern nicht, was du schreibst. Führe ihn mit --yes noch einmal aus.',
    watchEnded: 'Dein Server wurde beendet. Starte ihn, und führe diesen Befehl dann noch einmal aus.',
    watchRefused: 'Dein Server hat den Änderungsstrom verweigert (HTTP-Status {status}).',
    proxyHost: '{flag}: erwartet wird ein Host wie chat.example oder 127.0.0.1:8448, nicht „{value}“.',
    notListening:
      'Dein Server nimmt keine Verbindungen von Peers an. Nenne seinen Port mit --upstream 127.0.0.1:PORT.',
    noPublicHost:
      'Dein Server hat noch keine öffentliche Adresse und keinen Namen. Nenne seinen Host mit --host NAME.',
  },

  ...cliTerms,

  count: {
    peers: '{count, plural, one {# Peer} other {# Peers}}',
  },

  status: {
    notSetUp: 'noch nicht eingerichtet. Führe „paracord-node setup NAME“ aus',
    listener: '{url} (TLS {mode})',
    activeKey: '{key}, gültig bis {until}',
    peers:
      '{total, number}: {ok, number} in Ordnung, {waiting, number} warten, {unreachable, number} nicht erreichbar, {silent, number} ohne Antwort, {blocked, number} blockiert, {quarantined, number} in Quarantäne',
    outbox: '{waiting, number} wartend, {failed, number} fehlgeschlagen',
    rooms: '{homed, number} auf deinem Server, {joined, number} auf anderen Servern',
    clock: '{ms, number} ms Abweichung von den Uhren deiner Peers',
    database: '{engine, select, postgresql {PostgreSQL} other {SQLite}}, {place}',
    restored: '{at}, aus einem Backup oder einer Kopie',
    selfSigned: 'selbst signiert, gültig bis {until}',
    issued: 'ausgestellt von {issuer}, gültig bis {until}',
    issuedFor: 'ausgestellt von {issuer} für {names}, gültig bis {until}',
    publicKey: 'SHA-256 des öffentlichen Schlüssels {hash}',
    noRecoveryFile: 'keine mit den jetzigen Schlüsseln. „paracord-node keys export“ speichert eine',
    recoveryFileSaved: 'gespeichert {at}',
  },

  work: '{title}: {text}',
  cancelHint: '{text} (Strg-C bricht ab)',
  console: 'Gültig für eine Anmeldung bis {until}.',
  noKeys: 'Noch keine Schlüssel.',
  noUsers: 'Noch keine Benutzer.',
  userAdded: '{user} hinzugefügt.',

  ...cliData,

  settings: {
    byFlag: '{value} (durch eine Option beim Start festgelegt, die Vorrang hat)',
    fileLimits:
      '{person_mb, number} MB pro Person, {all_mb, number} MB insgesamt, {spare_mb, number} MB der Festplatte bleiben frei; {fetched_mb, plural, =0 {geholt, wenn jemand hinsieht} other {bis {fetched_mb, number} MB von selbst geholt}}',
    outbox:
      '{days, plural, one {wiederholt eine Zustellung # Tag lang} other {wiederholt eine Zustellung # Tage lang}}',
    editsKept: 'frühere Fassungen bleiben erhalten',
    editsErased: 'frühere Fassungen werden auf deinem Server gelöscht',
    systemLanguage: 'die Sprache des Systems',
    keysByDay: 'tageweise verlängert, solange sie benutzt werden',
    keysByYou: 'nur durch dich verlängert',
    limits: '{requests, number} Anfragen pro Minute, {burst, number} auf einmal, je Peer',
    files: 'files: {cert}, {key}',
    acme: 'acme: {names}, von {host}',
    acmeDefaultName: 'Host der öffentlichen Adresse',
    publicUrlNamesPort:
      'Die öffentliche Adresse nennt noch Port {old}. Wenn Peers jetzt Port {port} verwenden, ändere auch sie: --public-url URL.',
    peersTold:
      'Die Peers erfahren von der Änderung. „paracord-node doctor“ zeigt, welche nicht erreicht wurden.',
    clockTrusted: 'Bestätigt. Dein Server schreibt wieder.',
    certificateRetried: 'Neuer Versuch läuft. „paracord-node status“ zeigt das Ergebnis.',
  },

  name: {
    none: 'Dein Server pflegt keinen Namen. Mit „paracord-node name keep ANBIETER NAME“ bekommst du einen kostenlosen.',
    name: 'Name',
    provider: 'Anbieter',
    address: 'Adresse',
    since: 'Geschrieben',
    problem: 'Problem',
    which: { public: 'im Internet', home: 'im Heimnetz' },
    dropped: 'Vergessen. Das Zertifikat ist wieder selbst signiert.',
  },

  peers: {
    none: 'Noch keine Peers. „paracord-node peers add URL“ fügt einen hinzu.',
    forgot: '{peer} und seine Schlüssel vergessen.',
    until: '{mode} bis {at}',
    untilBecause: '{mode} bis {at} ({reason})',
    because: '{mode} ({reason})',
    state: '{state}: {text}',
    limits: '{requests, number} Anfragen pro Minute, {burst, number} auf einmal',
    clock: '{ms, number} ms Abweichung von der Uhr deines Servers',
    selfSigned: '{hash} (selbst signiert, Schlüssel gemerkt)',
    key: '{key}, {validity}',
    keyPinned: '{key}, {validity}, gemerkt',
    keyValid: 'gültig bis {until}',
    keyExpired: 'abgelaufen am {until}',
    keyByDay:
      'abgelaufen am {until}. Der Peer benutzt ihn noch, deshalb verlängert ihn dein Server tageweise (zuletzt am {extended})',
    keyForGood: 'abgelaufen am {until}. Du vertraust ihm trotzdem',
    keyNotExtended: 'abgelaufen am {until}. Die letzte Verlängerung endete am {ended}',
    noHeld: 'Keine zurückgehaltenen Ereignisse.',
    released: '{count, plural, one {# Ereignis freigegeben.} other {# Ereignisse freigegeben.}}',
    refused: 'Abgelehnt: {event}: {reason}',
    discarded: '{count, plural, one {# Ereignis verworfen.} other {# Ereignisse verworfen.}}',
    notListening:
      'Dein Server nimmt gerade keine Verbindungen von Peers an. „paracord-node status“ zeigt den Grund. Der andere Betreiber braucht eine Adresse, um deinen Server hinzuzufügen.',
    localOnly:
      'Dein Server hat keine öffentliche Adresse, deshalb funktioniert die Adresse unten nur auf diesem Computer. Lege eine mit „paracord-node settings change --public-url URL“ fest, oder schicke dem anderen Betreiber eine Einladung („paracord-node invite“).',
    theirTurn:
      'Jetzt muss der Betreiber von {peer} deinen Server hinzufügen. Mit Paracord Node führt er das aus: paracord-node peers add {address}',
    adminTurn:
      'Jetzt muss der Admin von {peer} deinen Server hinzufügen, mit dem Token eines dortigen Admins als ADMIN_TOKEN:',
    pinHint:
      'Damit merkt sich der Server dort deinen Schlüssel. Lehnt {peer} ihn nach einer Minute noch ab, ist er älter als 3.0.1: Dann schickt der Admin dasselbe mit "discover":true.',
    discoverHint: 'Das gilt, bis du deine Schlüssel wechselst. Danach schickt der Admin die neue Anfrage.',
    waiting: 'Warten, bis {peer} deinen Server kennt. Strg-C beendet nur das Warten.',
    known: '{peer} kennt deinen Server.',
    knownPinned:
      '{peer} kennt deinen Server. Wenn der Admin die Anfrage oben unverändert geschickt hat, läuft dein Schlüssel dort nie ab.',
    thenCheck: 'Ob das erledigt ist, zeigt „paracord-node peers check {peer}“.',
  },

  pairing: {
    invite:
      'Verschicke diesen Link, oder lass den Code scannen. Einmal verwendbar. {where, select, home {Gilt nur in deinem Netzwerk. } other {}}Läuft ab: {until}.',
    page: {
      self_signed:
        'Er öffnet sich nur in Paracord Node. Wer es noch nicht hat, erfährt auf dieser Seite, wie man es bekommt. Der Browser wird warnen, weil dein Server sein Zertifikat selbst ausgestellt hat: {link}',
      plain:
        'Er öffnet sich nur in Paracord Node. Wer es noch nicht hat, erfährt auf dieser Seite, wie man es bekommt. Jemand unterwegs könnte sie verändern, weil die Adresse unverschlüsselt ist: {link}',
    },
    none: 'Noch keine Einladungslinks.',
    revoked: '{id} zurückgezogen.',
    claimed: 'beansprucht von {server}',
    claim:
      'Jemand hat diese Einladung als {server} beantwortet, mit einem neuen Schlüssel: {fingerprint}. Frag den Betreiber, ob er neu angefangen hat.',
    letIn: '{server} ist wieder zugelassen und verbindet sich innerhalb einer Minute.',
    startedOver:
      '{server} ist hier mit einem anderen Schlüssel bekannt. Frag den Betreiber, ob er neu angefangen hat.',
    fingerprint: '{fingerprint}   (lass ihn dir vom Betreiber bestätigen)',
    nothingChanged: 'Es wurde nichts geändert.',
    noneWaiting: 'Keine angenommene Einladung wartet auf eine Antwort.',
    stopped: 'Auf {server} wird nicht länger gewartet.',
  },

  rooms: {
    none: 'Noch keine Räume. „paracord-node rooms create NAME“ erstellt einen.',
    here: '{server} (dein Server)',
    notMember: 'keine',
    empty: 'Dieser Raum hat keine Mitglieder.',
    oneWay:
      'Auf {home} läuft nicht Paracord Node. Du kannst lesen, was seine Benutzer in diesem Raum schreiben, aber er zeigt ihnen nicht, was du schreibst. Um mit ihnen zu sprechen, erstelle einen Raum auf deinem Server und lade sie ein.',
    invited: '{user} eingeladen.',
    revoked: 'Einladung an {user} zurückgezogen.',
    arrived: 'nicht beigetreten',
    onItsWay: 'noch nicht zugestellt',
    noneInvited: 'Keine Einladung ist offen.',
    letIn:
      '{user} ist jetzt im Raum. Der andere Server ignoriert Einladungen, deshalb hat ihn deiner direkt aufgenommen. Standardmäßig zeigt der andere Server den Raum nur Konten, die nach seiner ersten Nachricht von dort erstellt wurden.',
    removed: '{user} entfernt. Eine Rückkehr ist nur mit einer Einladung möglich.',
    banned: '{user} ausgeschlossen. Eine Rückkehr ist erst möglich, wenn du das aufhebst.',
    unbanned: '{user} ist nicht mehr ausgeschlossen und kann wieder eingeladen werden.',
    noneRemoved: 'Aus diesem Raum wurde niemand entfernt.',
    moderates: '{user} moderiert jetzt.',
    moderatesNoMore: '{user} moderiert nicht mehr.',
    channelAdded: '{name} hinzugefügt, {id}.',
    channelRenamed: 'Der Kanal heißt jetzt {name}.',
    channelDeleted:
      'Kanal {channel} gelöscht. Server mit Paracord Node löschen seine Nachrichten. Andere Server behalten sie vielleicht.',
    handedOver: 'Der Raum gehört jetzt auch {user}.',
    handedOverLeft: 'Der Raum gehört jetzt {user}. Du hast ihn verlassen.',
    deleted: '{room} gelöscht. Andere Server behalten die Nachrichten, die sie haben.',
    writing:
      '{who, select, moderators {nur wer den Raum besitzt oder moderiert} other {alle}}{seconds, plural, =0 {} one {, eine Nachricht pro Sekunde} other {, eine Nachricht in # Sekunden}}',
    archived: 'Archiviert. Niemand kann im Raum schreiben, bis du ihn mit --undo zurückholst.',
    broughtBack: 'Der Raum ist wieder offen.',
    hidden: 'Aus deiner Liste entfernt. Wer beitritt, sieht den Raum wieder, auch mit --undo.',
    shown: 'Der Raum steht wieder in deiner Liste.',
    noInvites: 'Keine Einladungen in Räume.',
    declined: 'Einladung in {room} abgelehnt.',
    keepsAll: 'Dein Server bewahrt alle Nachrichten aus {room} auf.',
    keepsDays:
      'Dein Server bewahrt die Nachrichten aus {room} {days, plural, one {einen Tag} other {# Tage}} lang auf.',
    keepsMegabytes: 'Dein Server bewahrt höchstens {megabytes, number} MB aus {room} auf.',
    keepsBoth:
      'Dein Server bewahrt die Nachrichten aus {room} {days, plural, one {einen Tag} other {# Tage}} lang auf, und höchstens {megabytes, number} MB.',
    droppedTo: 'Nachrichten von vor dem {when} sind nicht mehr auf deinem Server.',
    dropsHere:
      'Ältere Nachrichten werden auf deinem Server endgültig entfernt. Sie kommen nicht zurück, wenn du später mehr aufbewahrst. Frühere Backups enthalten sie weiterhin. Mitglieder auf anderen Servern behalten ihre.',
    dropsAtHome:
      'Der Raum liegt auf deinem Server. Wer später beitritt, und Server, die Daten verlieren, können die entfernten Nachrichten deshalb nicht von ihm bekommen.',
  },

  messages: {
    sent: '{event} gesendet.',
    saved: '{path} gespeichert.',
    pinned: '{event} angeheftet.',
    unpinned: '{event} gelöst.',
    edited: '{event} bearbeitet.',
    deleted:
      '{event} gelöscht.\nDein Server löscht Text, Bearbeitungen und Reaktionen innerhalb einer Minute. Server mit Paracord Node tun dasselbe, sobald die Löschung bei ihnen ankommt. Andere Server werden um die Löschung gebeten, können die Nachricht aber behalten. Frühere Backups enthalten sie weiterhin.',
    reacted: 'Mit {emoji} reagiert.',
    unreacted: '{emoji} entfernt.',
    none: 'Noch keine Nachrichten.',
    noneFound: 'Keine Nachricht passt.',
    searchIncomplete: 'Dein Server bereitet die Suche noch vor. Er findet noch nicht alle Nachrichten.',
    isDeleted: '(gelöscht)',
    isUnverified: '(lässt sich hier nicht prüfen)',
    isEdited: '(bearbeitet)',
    isForwarded: '(weitergeleitet)',
    answers: 'Antwort auf {sender}: {text}',
    answersAbsent: 'Antwort auf eine Nachricht, die nicht hier ist',
    receivedFrom: '{at} von {server}',
    files: '{count, plural, one {# Datei auf {server}: {names}} other {# Dateien auf {server}: {names}}}',
    filesNotSigned:
      '{count, plural, one {# Datei auf {server} (Name nicht signiert): {names}} other {# Dateien auf {server} (Namen nicht signiert): {names}}}',
    unnamedFile: 'Datei ohne Namen',
  },

  outbox: {
    none: 'Keine ausstehenden Zustellungen.',
    noneThere: 'Keine ausstehenden Zustellungen an dieses Ziel.',
    retrying:
      '{count, plural, one {# Ereignis wird erneut zugestellt.} other {# Ereignisse werden erneut zugestellt.}}',
    dropped: '{event} wird nicht länger an {server} zugestellt.',
  },

  doctor: {
    thisNode: 'dein Server',
    following:
      '{finding} ({count, plural, one {# weiteres Problem hängt damit zusammen} other {# weitere Probleme hängen damit zusammen}})',
    help: 'Mehr dazu: {page}',
    notSetUp: 'Dein Server hat noch keine Identität. „paracord-node setup NAME“ gibt ihm eine.',
    fine: 'Keine Probleme bei deinem Server gefunden.',
    fineWithPeers:
      '{count, plural, one {Keine Probleme bei deinem Server und # Peer gefunden.} other {Keine Probleme bei deinem Server und # Peers gefunden.}}',
    noPeers: 'Du vertraust noch keinem Peer.',
    untested:
      '{count, plural, one {# Peer konnte nicht geprüft werden.} other {# Peers konnten nicht geprüft werden.}}',
    attention: 'Braucht Aufmerksamkeit: {what}.',
    failedPeers: '{failed, number} von {total, plural, one {# Peer} other {# Peers}}',
    findings: '{count, plural, one {# Befund} other {# Befunde}}',
  },

  proxy: {
    tlsHere:
      'Dein Server übernimmt TLS noch selbst. Schalte das mit „paracord-node settings change --tls off“ ab. Damit er nur Verbindungen vom Proxy annimmt, starte ihn mit --listen {upstream}.',
    samePort:
      'Auf demselben Computer kann der Proxy nicht den Port verwenden, an dem dein Server auf Peers wartet. Gib den Peers vorher eine andere Adresse, zum Beispiel mit „paracord-node settings change --public-url https://{host}“.',
  },
};
