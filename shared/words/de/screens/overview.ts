import type { overview as english } from '../../en/screens/overview.ts';
import type { Translation } from '../../messages.ts';

export const overview: Translation<typeof english> = {
  title: 'Status',
  doctor: {
    title: 'Prüfung',
    run: 'Jetzt prüfen',
    busy: 'Prüfung läuft …',
    explain:
      'Finde heraus, ob Freunde dich erreichen. Der Server eines Freundes versucht, sich zu verbinden.',
    found: 'Gefundene Probleme',
    nothing: 'Keine Probleme gefunden.',
    more: 'Mehr dazu',
    moreAbout: 'Mehr dazu: {finding}',
    following: '{n, plural, one {Verursacht # weiteres Problem} other {Verursacht # weitere Probleme}}',
    trustClock: 'Die Uhr stimmt',
    steps: 'Können andere deinen Server erreichen?',
    tested: 'Geprüft',
    names: {
      identity: 'Name',
      clock: 'Uhr',
      name: 'Hostname',
      listener: 'Port',
      tls: 'Zertifikat',
      'well-known': 'Adresse',
      reachable: 'Verbindung von einem Peer',
    },
  },
  actions: {
    setUp: 'Server einrichten',
    resume: 'Föderation fortsetzen',
    deliveries: 'Zustellung ansehen',
    peers: 'Peers ansehen',
    peer: '{name} ansehen',
    network: 'Netzwerk einstellen',
    keys: 'Schlüssel ansehen',
    database: 'Datenbank ansehen',
    help: 'Was zu tun ist',
  },
  pause: {
    button: 'Föderation anhalten',
    title: 'Föderation anhalten?',
    verb: 'Anhalten',
    will: 'Nachrichten warten, bis du fortsetzt, und nichts geht verloren.',
    exactly: {
      stops:
        'Dein Server sendet und empfängt nichts mehr, bis du die Föderation fortsetzt, auch nicht nach einem Neustart.',
      waits: 'Was du schreibst, wartet hier. Was man dir schreibt, wartet auf den anderen Servern.',
    },
    resumed: 'Die Föderation läuft wieder.',
  },
  next: {
    title: 'Nächster Schritt',
    items: {
      recovery: {
        title: 'Wiederherstellungsdatei speichern',
        hint: 'Ohne sie ist dein Name weg, wenn die Festplatte kaputtgeht.',
        action: 'Speichern',
      },
      recoveryAgain: {
        title: 'Speichere deine Wiederherstellungsdatei noch einmal',
        hint: 'Sie kennt die Freunde nicht, die seitdem dazukamen.',
        action: 'Speichern',
      },
      address: {
        title: 'Für Freunde erreichbar werden',
        hint: 'Von außerhalb deines Netzes können sie sich noch nicht verbinden. Dein Server holt ihre Nachrichten deshalb selbst ab.',
        action: 'Netzwerk öffnen',
      },
      peer: {
        title: 'Ersten Freund einladen',
        hint: 'Mit einem Link, oder öffne einen, den du bekommen hast.',
        action: 'Zu den Personen',
      },
      room: {
        title: 'Einen Chat beginnen',
        hint: 'In Räumen redest du mit deinen Freunden.',
        action: 'Zu den Chats',
      },
    },
  },
  menu: 'Mehr zu diesem Server',
  glance: {
    connected: 'Verbunden',
    nobody: 'Gerade niemand',
    alone: 'Du hast noch niemanden eingeladen',
    backup: 'Letztes Backup',
    noBackup: 'Noch keins',
    backUp: 'Backup erstellen',
  },
  facts: {
    more: 'Details',
    version: 'Version',
    since: 'gestartet',
    events: 'Gespeicherte Ereignisse',
    clock: 'Uhr',
    clockUnknown: 'Noch kein Peer zum Vergleichen',
    clockEven: 'Höchstens eine Sekunde Abweichung von deinen Peers',
    clockAhead: 'Geht {by} vor',
    clockBehind: 'Geht {by} nach',
  },
  traffic: {
    title: 'Aktivität',
    span: 'Zeitraum',
    spans: { hour: 'Letzte Stunde', day: 'Letzte 24 Std.' },
    events: 'Ereignisse',
    received: 'Empfangen',
    delivered: 'Zugestellt',
    failed: 'Fehlversuche',
    answers: 'Antwortzeit der Peers',
    average: 'Durchschnitt',
    worst: 'Langsamste',
    nothing:
      '{span, select, hour {In der letzten Stunde war nichts los.} other {In den letzten 24 Stunden war nichts los.}}',
    sums: '{span, select, hour {In der letzten Stunde} other {In den letzten 24 Stunden}}: {received, plural, one {# Ereignis} other {# Ereignisse}} empfangen, {delivered, plural, one {# Ereignis} other {# Ereignisse}} zugestellt, {failed, plural, one {# Fehlversuch} other {# Fehlversuche}}.',
    noAnswers:
      '{span, select, hour {In der letzten Stunde} other {In den letzten 24 Stunden}} wurde nichts an einen Peer gesendet.',
    times:
      '{span, select, hour {In der letzten Stunde} other {In den letzten 24 Stunden}} im Schnitt {average}, höchstens {worst}.',
  },
  plot: {
    table: 'Als Tabelle anzeigen',
    time: 'Zeit',
    none: 'Keine Daten',
    leftOut: 'Aufgeführt sind nur Zeiten mit Aktivität.',
  },
};
