import type { app as english } from '../../en/screens/app.ts';
import type { Translation } from '../../messages.ts';

export const app: Translation<typeof english> = {
  product: 'Paracord Node',
  misleadingName: 'Möglicherweise irreführender Name: warum?',
  nav: {
    label: 'Hauptmenü',
    chats: 'Chats',
    people: 'Personen',
    server: 'Server',
    skip: 'Zum Inhalt springen',
    waiting: 'brauchen dich',
  },
  /** How something is doing: an icon, for people who can’t see it. */
  standing: { ok: 'In Ordnung', waiting: 'Wartet', needs: 'Braucht dich', broken: 'Gestört' },
  palette: {
    title: 'Einen Chat, eine Person oder eine Seite finden',
    placeholder: 'Wohin?',
    nothing: 'Nichts gefunden.',
    rooms: 'Chats',
    people: 'Personen',
    places: 'Gehe zu',
  },
  keys: {
    title: 'Tastenkürzel',
    ctrl: 'Strg',
    shift: 'Umschalt',
    enter: 'Eingabe',
    tab: 'Tab',
    escape: 'Esc',
    find: 'Einen Chat, eine Person oder eine Seite finden',
    list: 'Diese Liste zeigen',
    send: 'Nachricht senden',
    newLine: 'Neue Zeile',
    editLast: 'Letzte eigene Nachricht bearbeiten, im leeren Feld',
    toMessages: 'Vom Feld zu den Nachrichten',
    between: 'Von Nachricht zu Nachricht',
    close: 'Schließen',
  },
  notify: {
    title: 'Benachrichtigungen',
    ask: 'Möchtest du benachrichtigt werden, wenn dir jemand schreibt?',
    turnOn: 'Einschalten',
    later: 'Nicht jetzt',
    one: 'Neue Nachricht von {sender}',
    some: '{count, plural, one {# neue Nachricht} other {# neue Nachrichten}}',
  },
  unread: {
    many: '99+',
    messages: '{count, plural, one {# ungelesene Nachricht} other {# ungelesene Nachrichten}}',
    mentions: '{count, plural, one {# Erwähnung von dir} other {# Erwähnungen von dir}}',
    invites: '{count, plural, one {# Einladung in einen Raum} other {# Einladungen in Räume}}',
  },
  notFound: {
    title: 'Seite nicht gefunden',
    what: 'Unter dieser Adresse gibt es nichts',
    hint: 'Der Link ist vielleicht falsch, oder das Ziel wurde entfernt.',
    chats: 'Zu deinen Chats',
  },
  connection: {
    noAnswer:
      'Der Node antwortet nicht. Vielleicht läuft er nicht, oder dieser Computer ist offline. Dein Text ist noch da. Versuche es erneut, sobald der Node wieder läuft.',
    lost: 'Die Verbindung zum Node ist abgebrochen. Neuer Versuch läuft …',
    lostHint: 'Die Anzeige ist vielleicht nicht mehr aktuell. Was du schreibst, geht nicht verloren.',
    clock:
      '{direction, select, ahead {Die Uhr dieses Geräts geht gegenüber der des Nodes um {by} vor.} other {Die Uhr dieses Geräts geht gegenüber der des Nodes um {by} nach.}} Angaben wie „vor 5 Minuten“ richten sich nach der Uhr des Nodes. Stell die Uhr richtig, die falsch geht.',
    connecting: 'Verbindung zum Node wird aufgebaut …',
  },
  login: {
    title: 'An der Konsole anmelden',
    explain:
      'Diese Konsole ist für den Betreiber des Nodes. Ein Anmeldelink gilt 15 Minuten, nur einmal und nur in einem Browser.',
    expired:
      'Deine Sitzung ist abgelaufen. Was du gerade geschrieben hast, ist nach der Anmeldung wieder da.',
    how: 'Einen Link bekommst du mit diesem Befehl auf dem Computer, auf dem der Node läuft:',
    code: 'Anmeldelink oder Code',
    hint: 'Füge den ganzen Link ein oder nur den Teil nach #/login/.',
    submit: 'Anmelden',
    busy: 'Anmeldung läuft …',
    logOut: 'Abmelden',
  },
  failure: {
    title: 'Das hat nicht geklappt',
    details: 'Details',
    copyCode: 'Fehlercode kopieren',
    unexpected: 'Ein unerwarteter Fehler ist aufgetreten: {what}',
    reading: 'Konnte nicht geladen werden',
    retry: 'Erneut versuchen',
    loggedOut:
      'Die Anmeldung war abgelaufen, deshalb ist nichts passiert. Melde dich an und versuche es erneut.',
    stale: 'Die Anzeige konnte nicht aktualisiert werden und ist vielleicht veraltet.',
  },
  expected: {
    address: 'Gib eine Adresse wie https://chat.example:8448 ein.',
    publicAddress:
      'Andere Server erreichen „{host}“ nicht. Gib eine vollständige Adresse ein, zum Beispiel https://chat.example:8448.',
    wholeNumber: 'Gib eine ganze Zahl von {min, number} bis {max, number} ein.',
    serverName:
      'Gib einen Servernamen wie chat.example ein: Buchstaben a-z, Ziffern, Punkte und Bindestriche, ohne https:// und ohne Port.',
    userId: 'Gib eine Benutzer-ID wie @alice:chat.example ein.',
    userName:
      'Verwende 1 bis 64 Zeichen: Kleinbuchstaben a bis z, Ziffern und . _ - (am Anfang ein Buchstabe oder eine Ziffer).',
    name: 'Gib einen Namen ein.',
    atMost: 'Verwende höchstens {max, number} Zeichen.',
  },
  work: {
    label: 'In Arbeit',
    cancel: 'Abbrechen: {title}',
    more: '{count, plural, one {# weitere Arbeit} other {# weitere Arbeiten}}',
  },
  common: {
    cancel: 'Abbrechen',
    close: 'Schließen',
    save: 'Speichern',
    saved: 'Gespeichert.',
    copy: 'Kopieren',
    copied: 'Kopiert.',
    chooseFile: 'Datei auswählen …',
    copyFingerprint: 'Fingerabdruck kopieren',
    notCopied:
      'Kopieren nicht möglich: Dieser Browser erlaubt es hier nicht. Markiere den Text und kopiere ihn selbst.',
    back: 'Zurück',
    more: 'Mehr',
    loading: 'Wird geladen …',
    never: 'nie',
    optional: 'optional',
    you: 'du',
    showMore: 'Mehr anzeigen',
  },
  steps: { ok: 'bestanden', failed: 'fehlgeschlagen', skipped: 'nicht geprüft', running: 'läuft' },
  time: {
    now: 'gerade eben',
    today: 'Heute',
    yesterday: 'Gestern',
  },
};
