import type { peers as english } from '../../en/screens/peers.ts';
import type { Translation } from '../../messages.ts';

export const peers: Translation<typeof english> = {
  directory: {
    rooms: 'Offene Räume',
    noRooms: '{server} zeigt deinem Server keine Räume.',
    users:
      '{count, plural, one {# Person dort wird dir beim Einladen vorgeschlagen.} other {# Personen dort werden dir beim Einladen vorgeschlagen.}}',
    join: 'Beitreten',
    joinRoom: '{room} beitreten',
    open: 'Öffnen',
    openRoom: '{room} öffnen',
  },
  title: 'Verbindungen',
  menu: 'Mehr zu Verbindungen',
  addByHand: 'Peer über Adresse hinzufügen',
  search: 'Peers suchen',
  searchHint: 'Ein Name, eine Adresse oder ein Zustand wie „blockiert“.',
  noMatch: 'Kein Peer passt zu „{query}“.',
  clearSearch: 'Alle anzeigen',
  list: 'Deine Peers',
  summary:
    '{connected, number} von {total, plural, one {# Peer} other {# Peers}} verbunden{attention, plural, =0 {} one { · # braucht dich} other { · # brauchen dich}}',
  empty: {
    title: 'Noch keine Peers',
    hint: 'Ein Peer ist ein anderer Server, mit dem deiner Nachrichten austauscht. Lade unter „Personen“ jemanden von dort ein.',
    people: 'Zu den Personen',
  },
  known: {
    title: 'Keine Peers',
    hint: 'Diese Server sind mit deinem in einem gemeinsamen Raum, aber du hast noch nicht entschieden, ob du ihnen vertraust. Der Server, auf dem der Raum liegt, hat ihre Schlüssel bestätigt. Füge einen hinzu, um dich direkt mit ihm zu verbinden, oder blockiere ihn.',
  },
  modes: { allow: 'Vertraut', block: 'Blockiert', quarantine: 'In Quarantäne', known: 'Kein Peer' },
  queued: '{count, plural, one {# Nachricht wartet.} other {# Nachrichten warten.}}',
  held: '{count, plural, one {# Nachricht wartet auf deine Entscheidung.} other {# Nachrichten warten auf deine Entscheidung.}}',
  warnings: '{count, plural, one {# Warnung.} other {# Warnungen.}}',
  lastContact: 'Letzter Kontakt',
  until: 'Bis {when}.',
  clock: {
    ahead: 'Seine Uhr geht gegenüber deiner um {span} vor.',
    behind: 'Seine Uhr geht gegenüber deiner um {span} nach.',
    tooFar:
      'Weichen die Uhren um mehr als eine Minute ab, lehnen beide Server die Nachrichten des anderen ab. Schalte auf beiden die automatische Uhrzeit ein.',
    fine: 'Weicht höchstens 2 Sekunden von deiner ab',
    unknown: 'Noch nicht gemessen',
  },

  adding: {
    title: 'Peer hinzufügen',
    explain:
      'Dein Server holt seine Schlüssel und nimmt von da an nur Nachrichten an, die damit signiert sind.',
    target: 'Name oder Adresse',
    targetHint:
      'Zum Beispiel chat.example oder, falls er einen anderen Port benutzt, https://chat.example:8448.',
    byName: 'Dein Server sucht ihn unter https://{name} und https://{name}:8448.',
    byAddress: 'Dein Server verbindet sich mit {address}.',
    plain:
      'Dein Server verbindet sich unverschlüsselt mit {address}. Das ist nur für Tests oder hinter deinem eigenen Proxy gedacht.',
    unseen: 'Dein Server blockiert {name}, ohne sich mit ihm zu verbinden.',
    notAlone: 'Gib nur Host und Port an, ohne Pfad.',
    isLink: 'Das ist eine Einladung oder ein Raumlink, keine Adresse.',
    wrongName: 'Gib einen Servernamen wie chat.example oder eine Adresse wie https://chat.example:8448 ein.',
    hidden: {
      title: 'Er verbirgt seine Seite',
      explain:
        'Server mit dem bestehenden Paracord können verbergen, wer sie sind (allow_discovery ist dort aus). Gib den Namen ein, damit dein Server weiß, wer antworten soll.',
      name: 'Name des Servers',
      nameHint: 'Der Servername, den seine Admins gewählt haben, zum Beispiel chat.example.',
      keyId: 'Schlüssel-ID',
      keyHint: 'Wenn du einen Schlüssel und dessen ID bekommen hast, wird nur dieser Schlüssel gespeichert.',
      key: 'Öffentlicher Schlüssel',
    },
    mode: 'Wie weit vertraust du ihm?',
    modes: {
      allow: { label: 'Vertrauen', hint: 'Nachrichten gehen in beide Richtungen.' },
      quarantine: {
        label: 'Quarantäne',
        hint: 'Seine Nachrichten warten, bis du sie freigibst.',
      },
      block: { label: 'Blockieren', hint: 'Es werden keine Nachrichten ausgetauscht.' },
    },
    submit: 'Hinzufügen',
    submitBlock: 'Blockieren',
    busy: 'Verbindung wird aufgebaut …',
    done: '{name} wurde hinzugefügt',
    doneBlocked: '{name} ist blockiert',
    doneConnected: 'Du bist mit {name} verbunden',
    pinned:
      '{count, plural, one {# Schlüssel gemerkt.} other {# Schlüssel gemerkt.}} Andere lehnt dein Server ab.',
    pinnedCertificate: 'Sein Zertifikat ist selbst signiert. Andere Zertifikate lehnt dein Server ab.',
    pinnedCa: 'Sein Zertifikat stammt von einer Zertifizierungsstelle.',
    pinnedPlain: 'Die Verbindung ist nicht verschlüsselt (http), aber jede Nachricht ist signiert.',
    asking: 'Kennt er deinen Server? …',
    knowsUs: 'Er kennt deinen Server und nimmt seine Nachrichten an.',
    knowsUsNot: 'Er kennt deinen Server noch nicht.',
    openPeer: 'Anzeigen',
    another: 'Weiteren hinzufügen',
  },
  fingerprint: 'Fingerabdruck',
  fingerprintHint:
    'Lass dir den Fingerabdruck vom Betreiber vorlesen, zum Beispiel am Telefon. Stimmen die Wörter überein, hört niemand mit.',

  theirTurn: {
    nowhere: 'Dein Server ist gerade nicht erreichbar. Deshalb gibt es keine Adresse zum Weitergeben.',
    title: 'Was dort zu tun ist',
    explain:
      'Du vertraust {name}. Erst wenn man dort auch deinem Server vertraut, werden Nachrichten ausgetauscht.',
    nodeHow:
      'Wer den Server betreibt, öffnet „Server“, „Verbindungen“, wählt im Menü „Peer über Adresse hinzufügen“ und gibt deine Adresse ein:',
    existingHow:
      'Ein Admin dort schickt diese Anfrage, während dein Server läuft, mit seinem Token anstelle von ADMIN_TOKEN. Nach einem Wechsel deiner Schlüssel steht hier eine neue.',
    pinHint:
      'Damit merkt sich der Server dort deinen Schlüssel, der dann nie abläuft. Wird sie nach einer Minute noch abgelehnt, ist der Server älter als 3.0.1: Dann schickt der Admin dasselbe mit "discover":true.',
    address: 'Deine Adresse kopieren',
    request: 'Anfrage kopieren',
    local: 'Diese Adresse gilt nur auf diesem Computer. Trage unter Server, Netzwerk eine öffentliche ein.',
    settings: 'Netzwerk öffnen',
  },

  page: {
    notFound: 'Kein Peer',
    notFoundHint: '{name} ist kein Peer deines Servers. Füge ihn hinzu, oder lade jemanden von dort ein.',
    back: 'Alle Peers',
    menu: 'Mehr zu {name}',
    serverName: 'Servername',
    copyServerName: 'Servernamen kopieren',
    domain: 'Domain',
    address: 'Adresse',
    noAddress: 'unbekannt',
    clock: 'Uhr',
    queue: 'Warteschlange',
    queued: '{count, plural, one {# Ereignis} other {# Ereignisse}}',
    nothing: 'Leer',
    warnings: 'Warnungen',
    warningsHint: 'Seit dem letzten Start deines Servers.',
    addIt: 'Als Peer hinzufügen',
  },

  trust: {
    title: 'Vertrauen',
    now: {
      allow: 'Nachrichten gehen in beide Richtungen.',
      quarantine: 'Seine Nachrichten warten, bis du sie freigibst. Dein Server schickt ihm nichts.',
      block: 'Es werden keine Nachrichten ausgetauscht.',
      known:
        'Du hast über diesen Server noch nicht entschieden. Füge ihn als Peer hinzu, um dich direkt mit ihm zu verbinden, oder blockiere ihn.',
    },
    acts: {
      allow: 'Vertrauen',
      quarantine: 'In Quarantäne',
      block: 'Blockieren',
      unblock: 'Nicht mehr blockieren',
    },
    actsOpen: {
      allow: 'Vertrauen …',
      quarantine: 'In Quarantäne …',
      block: 'Blockieren …',
      unblock: 'Nicht mehr blockieren …',
    },
    titles: {
      allow: '{name} wieder vertrauen?',
      quarantine: '{name} in Quarantäne nehmen?',
      block: '{name} blockieren?',
      unblock: '{name} nicht mehr blockieren?',
    },
    will: {
      allow: {
        both: 'Nachrichten gehen sofort wieder in beide Richtungen.',
        queue:
          'Dein Server schickt, was gewartet hat. Was fehlt, kann jede Seite nachholen; Paracord Nodes tun das von selbst.',
      },
      quarantine: {
        held: 'Neue Nachrichten von dort sieht niemand in deinen Räumen, bis du sie freigibst.',
        queue: 'Neue Nachrichten von deinem Server gehen nicht an ihn. Was schon wartet, wartet weiter.',
      },
      block: {
        refused: 'Ab sofort lehnt dein Server seine Anfragen ab und schickt ihm nichts mehr.',
        queue: 'Was schon wartet, wartet weiter, bis es zum Senden zu alt ist.',
        stays: 'Deine Räume und die Nachrichten, die du schon hast, bleiben.',
      },
      unblock: {
        rooms: 'Du siehst wieder, was man von dort in Räumen anderer Server schreibt.',
        noPeer: 'Er wird kein Peer. Füge ihn hinzu, um dich direkt mit ihm zu verbinden.',
      },
    },
    heldStay:
      '{count, plural, one {# zurückgehaltenes Ereignis bleibt} other {# zurückgehaltene Ereignisse bleiben}} zurückgehalten, bis du {count, plural, one {es} other {sie}} freigibst oder verwirfst.',
    howLong: 'Wie lange?',
    spans: { hour: '1 Stunde', day: '1 Tag', open: 'Bis ich es ändere' },
    reasonField: 'Grund',
    reasonHint: 'Nur du siehst ihn. Höchstens 500 Zeichen.',
    reasonLong: 'Höchstens 500 Zeichen.',
    done: {
      allow: 'Nachrichten von {name} kommen wieder an.',
      quarantine: '{name} ist in Quarantäne.',
      block: '{name} blockiert.',
      unblock: '{name} ist nicht mehr blockiert.',
    },
  },

  address: {
    change: 'Adresse ändern',
    title: 'Adresse ändern',
    explain:
      'Dein Server speichert sie, wenn dort derselbe Server antwortet, mit einem Schlüssel, dem du schon vertraust.',
    field: 'Adresse',
    hint: 'Zum Beispiel https://chat.example:8448.',
    done: 'Adresse geändert.',
    again: 'Neu abfragen',
    againTitle: '{name} neu abfragen?',
    againWill: 'Dein Server fragt ihn noch einmal nach Adresse, Schlüsseln und Zertifikat.',
    againExactly: {
      certificate:
        'Hat er ein neues selbst signiertes Zertifikat, nimmt dein Server es an. Mach nur weiter, wenn du von der Änderung weißt.',
      key: 'Hat sich sein Schlüssel geändert, lehnt dein Server ihn ab.',
    },
    againDone: 'Adresse, Schlüssel und Zertifikat sind aktuell.',
  },

  limits: {
    title: 'Limits',
    explain: 'Wie viele Anfragen dein Server von diesem Peer annimmt.',
    perMinute: 'Anfragen pro Minute',
    burst: 'Auf einmal',
    burstHint: 'Wie viele Anfragen er auf einmal schicken darf.',
    none: 'Bei 0 wird jede Anfrage abgelehnt.',
    isDefault: 'Deine Standardlimits',
    isOwn: 'Limits nur für diesen Peer',
    changeOpen: 'Limits ändern',
    dialog: 'Limits für diesen Peer',
    useDefault: 'Standard verwenden',
    done: 'Limits gespeichert.',
    doneDefault: 'Es gelten wieder die Standardlimits.',
  },

  keys: {
    title: 'Schlüssel',
    none: 'Dein Server hat keinen Schlüssel dieses Peers und kann seine Nachrichten deshalb nicht prüfen.',
    valid: 'Gültig; läuft {when} ab',
    expired: 'Abgelaufen {when}',
    byDay:
      'Abgelaufen {when}, aber der Peer benutzt ihn noch. Dein Server verlängert ihn um jeweils einen Tag, zuletzt {last}. Abschalten kannst du das unter „Server“, „Einstellungen“, „Zustellung und Limits“.',
    forGood: 'Abgelaufen {when}; du vertraust ihm weiter',
    expiredBadge: 'Abgelaufen',
    extendedBadge: 'Verlängert',
    details: 'Details',
    certificate: 'Gemerktes Zertifikat',
    certificateHint: 'SHA-256 seines öffentlichen Schlüssels. Andere Zertifikate lehnt dein Server ab.',
    copyKey: 'Öffentlichen Schlüssel kopieren',
    copyCertificate: 'SHA-256 des Zertifikats kopieren',
    extend: 'Weiter vertrauen',
    extendOpen: 'Weiter vertrauen …',
    extendTitle: 'Abgelaufenem Schlüssel weiter vertrauen?',
    extendWill:
      'Wer an diesen Schlüssel gelangt, kann sich als {name} ausgeben: Mach nur weiter, wenn der Betreiber bestätigt, dass er noch benutzt wird.',
    extendExactly: {
      expired: 'Der Schlüssel von {name} ist abgelaufen. Am besten erneuert ihn der Betreiber.',
      accepts: 'Benutzt {name} diesen Schlüssel noch, nimmt dein Server ihn ab jetzt ohne Enddatum an.',
      existing:
        'Schlüssel des anderen Paracord-Servers laufen nach einem Tag ab, obwohl er sie weiter benutzt. Über https verlängert dein Server solche Schlüssel von selbst.',
    },
    extendDone: 'Dein Server vertraut dem abgelaufenen Schlüssel weiter.',
  },

  check: {
    title: 'Verbindungsprüfung',
    explain: 'Prüfe die Verbindung zu diesem Peer Schritt für Schritt.',
    run: 'Jetzt prüfen',
    again: 'Erneut prüfen',
    busy: 'Prüfe …',
    good: 'Alles funktioniert.',
    untested: 'Nicht geprüft: Es gibt keine Adresse.',
    tested: 'Geprüft {when}',
    steps: {
      name: 'Hostname',
      address: 'Adresse',
      tcp: 'Port',
      tls: 'Zertifikat',
      'well-known': 'Identität',
      keys: 'Schlüssel',
      clock: 'Uhr',
      'signed-read': 'Vertraut dir',
    },
  },

  heldEvents: {
    title: 'Zurückgehaltene Ereignisse',
    explain: 'Während der Quarantäne angekommen. Noch sieht sie niemand in deinen Räumen.',
    none: 'Nichts wird zurückgehalten.',
    all: 'Alle auswählen',
    one: 'Auswählen: {what}',
    selected: '{count, number} ausgewählt',
    releaseAll: 'Alle freigeben',
    release: '{count, number} freigeben',
    discardAll: 'Alle verwerfen …',
    discard: '{count, number} verwerfen …',
    discardTitle:
      '{count, plural, one {# zurückgehaltenes Ereignis} other {# zurückgehaltene Ereignisse}} verwerfen?',
    discardAllTitle: 'Alle zurückgehaltenen Ereignisse verwerfen?',
    discardWill: 'Sie sind dann endgültig weg.',
    discardMore: 'Sie sind dann endgültig weg, auch die weiter unten, die noch nicht angezeigt werden.',
    discardExactly:
      'Niemand auf deinem Server bekommt sie je zu sehen, auch wenn sie noch einmal geschickt werden.',
    discardVerb: 'Verwerfen',
    released: '{count, plural, one {# Ereignis freigegeben.} other {# Ereignisse freigegeben.}}',
    discarded: '{count, plural, one {# Ereignis verworfen.} other {# Ereignisse verworfen.}}',
    refusedTitle:
      '{count, plural, one {# Ereignis ließ sich nicht freigeben und bleibt zurückgehalten:} other {# Ereignisse ließen sich nicht freigeben und bleiben zurückgehalten:}}',
    inRoom: '{what} in',
  },

  forget: {
    item: 'Vergessen …',
    title: '{name} vergessen?',
    will: 'Es werden keine Nachrichten ausgetauscht, bis einer von euch den anderen wieder hinzufügt.',
    exactly: {
      instead: 'Soll er dauerhaft draußen bleiben, blockiere ihn stattdessen.',
      deleted: 'Dein Server löscht seine Schlüssel, seine Limits und deine Entscheidungen über ihn.',
      stays: 'Deine Räume und die Nachrichten, die du schon hast, bleiben.',
    },
    queue: '{count, plural, one {# wartendes Ereignis wird} other {# wartende Ereignisse werden}} verworfen.',
    held: '{count, plural, one {# zurückgehaltenes Ereignis wird} other {# zurückgehaltene Ereignisse werden}} ausgeblendet.',
    verb: 'Vergessen',
    done: '{name} vergessen.',
  },

  trustList: {
    exportItem: 'Vertrauensliste exportieren',
    exported: '{count, plural, one {# Peer exportiert.} other {# Peers exportiert.}}',
    importItem: 'Vertrauensliste importieren …',
    title: 'Vertrauensliste importieren',
    explain: 'Du siehst jede Änderung, bevor sie gilt.',
    file: 'Datei',
    paste: 'Oder Inhalt einfügen',
    pasteHint: 'Eine Datei aus „Vertrauensliste exportieren“.',
    fileUnread: 'Die Datei ließ sich nicht lesen',
    fileBig: 'Die Datei ist zu groß für eine Vertrauensliste.',
    notJson: 'Das ist keine Vertrauensliste. Wähle eine Datei aus „Vertrauensliste exportieren“.',
    noList: 'In der Datei ist keine Liste von Peers. Wähle eine Datei aus „Vertrauensliste exportieren“.',
    empty: 'Die Liste ist leer.',
    invalid: {
      notObject: 'nicht lesbar',
      name: 'Servername fehlt oder ist ungültig',
      endpoint: 'Adresse ist ungültig',
      mode: 'Vertrauen muss „allow“, „block“ oder „quarantine“ sein',
      reason: 'Grund muss Text mit höchstens 500 Zeichen sein',
      until: 'Endzeit ist ungültig',
      limits: 'Limits müssen zwei ganze Zahlen sein',
      twice: 'steht doppelt in der Liste',
      over: 'ist schon vorbei',
    },
    line: 'Eintrag {at, number}',
    kinds: {
      added: 'Neu',
      changed: 'Änderungen',
      unchanged: 'Unverändert',
      invalid: 'Ungültig',
    },
    fields: { mode: 'Vertrauen', endpoint: 'Adresse', reason: 'Grund', until: 'endet', limits: 'Limits' },
    limitsWords: '{perMinute, number} pro Minute, {burst, number} auf einmal',
    change: '{field}: {from} → {to}',
    setTo: '{field}: {to}',
    nothing: 'keine Angabe',
    defaultLimits: 'Standard',
    untilOpen: 'nie',
    include: '{name} importieren',
    apply: '{count, plural, =0 {Anwenden} one {# Änderung anwenden} other {# Änderungen anwenden}}',
    busy: '{done, number} von {all, number}',
    stop: 'Anhalten',
    states: {
      queued: 'noch nicht begonnen',
      working: 'läuft',
      done: 'fertig',
      failed: 'fehlgeschlagen',
      stopped: 'übersprungen',
    },
    halfAdded: 'Der Peer wurde hinzugefügt, aber nicht alle Einstellungen wurden gespeichert: {why}',
    progress: 'Fortschritt',
    result:
      '{done, number} importiert{failed, plural, =0 {} other {, # fehlgeschlagen}}{left, plural, =0 {} other {, # übersprungen}}.',
    again: 'Weitere importieren',
  },
};
