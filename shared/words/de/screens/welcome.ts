import type { welcome as english } from '../../en/screens/welcome.ts';
import type { Translation } from '../../messages.ts';

export const welcome: Translation<typeof english> = {
  title: 'Willkommen',
  next: 'Weiter',
  back: 'Zurück',

  start: {
    title: 'Wie heißt du?',
    explain: 'Deine Freunde sehen deinen Namen neben deinen Nachrichten.',
    label: 'Dein Name',
    user: 'Dein Benutzername ist @{name}.',
    hint: 'So, wie deine Freunde dich nennen.',
    hasInvite: 'Du hast eine Einladung.',
    invitedBy: '{name} hat dich eingeladen',
    dropInvite: 'Verwerfen',
    start: 'Chat beginnen',
    invited: 'Ich wurde eingeladen',
    restore: 'Meinen Server wiederherstellen',
    open: 'Einladung öffnen',
    missing: 'Gib einen Namen ein.',
    inPostgres: 'Alles wird in der PostgreSQL-Datenbank {place} gespeichert.',
  },

  where: {
    title: 'Wo sind deine Freunde?',
    explain: 'Fang mit einer Person an. Andere kannst du später einladen.',
    home: { title: 'Zu Hause', hint: 'Im selben Netzwerk wie dieser Computer.' },
    elsewhere: { title: 'Woanders', hint: 'Sie erreichen dich über das Internet.' },
    add: {
      title: 'Jemanden bei dir zu Hause hinzufügen',
      hint: 'Auf deinem Server, mit einem Handy oder im Browser, ohne eigenen Server.',
    },
    server: 'Dein Server: {name}',
    change: 'Ändern',
    creating: 'Dein Schlüssel wird erstellt …',
  },

  send: {
    title: 'Jemanden einladen',
    answer: '{name} antworten',
    keyTitle: 'Dein Schlüssel ist fertig',
    keyHint: 'Speichere eine Kopie, falls dieser Computer kaputtgeht.',
    keySave: 'Speichern …',
    keySaved: 'Gespeichert',
    keyMissing: 'nicht gespeichert',
    later: 'Später',
    elsewhere: 'Die Person ist woanders',
    home: 'Die Person ist zu Hause',
  },

  name: {
    title: 'Gib deinem Server einen Namen',
    explain: 'Unter diesem Namen kennen andere Server deinen. Du kannst ihn ändern, bis der erste ihn kennt.',
    label: 'Servername',
    hint: 'Eine eigene Domain wie anna.example, oder ein Wort, das wir eindeutig machen.',
    you: 'Du heißt dann',
    more: 'Benutzernamen ändern',
    owner: 'Dein Benutzername',
    ownerHint:
      'Kleinbuchstaben, Ziffern, dazwischen auch . _ -. Weitere Benutzer kannst du später hinzufügen.',
    domain: 'Domain in Benutzernamen',
    domainHint:
      'Nur, wenn der Server chat.example heißt, seine Benutzer aber @du:example. Die Domain muss dir gehören. Lass das Feld im Zweifel leer.',
    noDomain: 'Ich habe keine Domain',
    noDomainText: {
      link: 'Das macht nichts: Deine Freunde öffnen einen Link und tippen den Namen nie. Nur darf niemand sonst denselben haben. Gib ein Wort ein, wir machen es eindeutig.',
      dynamic:
        'Auch ein kostenloser Name mit dynamischem DNS geht, und andere finden dich darüber. Behalte das Konto: Wer die Domain übernimmt, übernimmt auch deinen Namen.',
    },
    use: '{name} verwenden',
    letters: 'Servernamen bestehen aus a-z, 0-9, Punkten und Bindestrichen. Er lautet dann {name}.',
    refused: {
      never: '{name} endet auf .invalid, und solche Namen funktionieren nirgends. Wähle einen anderen.',
    },
    questions: {
      encoded:
        '{name} steht für andere Buchstaben als a-z. Manche Programme zeigen diese Buchstaben an, und dann kann der Name einem anderen ähneln.',
      loopback:
        'Jeder Computer nennt sich selbst {name}, also kann ein anderer Server genauso heißen. Gut zum Ausprobieren.',
      reserved:
        '{name} ist für Beispiele reserviert, also kann jeder den Namen verwenden. Gut zum Ausprobieren.',
      mdns: '{name} endet auf .local. Solche Namen haben Geräte in jedem Netzwerk, also kann ein anderer Server genauso heißen.',
      local:
        '{name} ist ein Name für lokale Netzwerke. Er gehört niemandem, also kann ein anderer Server genauso heißen.',
      single: 'Ein einzelnes Wort ist nicht eindeutig: Auch Freunde von Freunden können „{name}“ verwenden.',
      privateIpv4:
        '{name} ist eine Adresse in einem lokalen Netzwerk. Andere Netzwerke verwenden dieselben Adressen.',
      ipv4: '{name} ist eine IP-Adresse. Gibt dein Anbieter dir eine andere, bleibst du auf einem Namen sitzen, der nicht mehr deiner ist.',
    },
    save: 'Diesen Namen verwenden',
  },

  invite: {
    title: 'Öffne deine Einladung',
    explain: 'Füge die Nachricht ein, die du bekommen hast.',
    missing: 'Füge zuerst deine Einladung ein.',
    busy: 'Verbindung wird aufgebaut …',
  },

  recover: {
    title: 'Meinen Server wiederherstellen',
    explain:
      'Falls dein alter Computer noch läuft, beende dort zuerst Paracord Node. Ein Server darf nie zweimal laufen.',
    question: 'Was hast du?',
    options: {
      backup: {
        label: 'Backup-Ordner',
        hint: 'Bringt alles zurück: Namen, Schlüssel, Räume und Nachrichten.',
      },
      file: {
        label: 'Wiederherstellungsdatei',
        hint: 'Bringt Namen und Schlüssel zurück. Die Server deiner Freunde schicken, was sie noch haben.',
      },
    },
    folder: 'Ordner des Backups',
    folderHint:
      'Der vollständige Pfad auf dem Computer des Servers, zum Beispiel /home/anna/backups/anna.example-2026-11-22. Er wird kopiert und nicht verändert.',
    restore: 'Dieses Backup wiederherstellen',
    checking: 'Wird kopiert und geprüft …',
    starting:
      '{server} ist wieder da, mit {rooms, plural, one {# Raum} other {# Räumen}}. Er startet jetzt …',
    file: 'Wiederherstellungsdatei',
    fileHint: 'Die Datei, die du gespeichert hast: NAME-recovery-DATUM.json.',
    passphrase: 'Passphrase',
    passphraseHint: 'Die, die du beim Speichern der Datei gewählt hast.',
    submit: 'Aus dieser Datei wiederherstellen',
    opening: 'Die Datei wird geöffnet …',
  },
};
