import type { welcome as english } from '../../en/screens/welcome.ts';
import type { Translation } from '../../messages.ts';

export const welcome: Translation<typeof english> = {
  title: 'Willkommen',
  next: 'Weiter',
  back: 'Zurück',

  start: {
    title: 'Wie heißt du?',
    explain: 'Deine Freunde sehen den Namen neben deinen Nachrichten.',
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
    server: 'Dein Server: {name}',
    change: 'Ändern',
    creating: 'Dein Schlüssel entsteht …',
  },

  send: {
    title: 'Jemanden einladen',
    answer: '{name} antworten',
    keyTitle: 'Dein Schlüssel ist da',
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
    explain: 'Andere Server kennen deinen unter diesem Namen. Er bleibt für immer gleich.',
    label: 'Servername',
    hint: 'Eine eigene Domain wie anna.example oder ein Name, der aus einem einzelnen Wort entsteht.',
    you: 'Du heißt dann',
    more: 'Benutzernamen ändern',
    owner: 'Dein Benutzername',
    ownerHint: 'a-z, 0-9, dazwischen auch . _ -. Weitere Benutzer kannst du später anlegen.',
    domain: 'Domain in Benutzernamen',
    domainHint:
      'Zum Beispiel, wenn der Server chat.example heißt, seine Benutzer aber @du:example. Die Domain muss dir gehören. Lass das Feld im Zweifel leer.',
    noDomain: 'Ich habe keine Domain',
    noDomainText: {
      link: 'Das macht nichts: Wer deinen Einladungslink öffnet, schlägt den Namen nicht nach. Es darf nur niemand anders denselben haben. Gib ein einzelnes Wort ein, dann entsteht daraus ein eindeutiger Name.',
      dynamic:
        'Auch ein kostenloser Name mit dynamischem DNS ist möglich, und andere können dich darüber finden. Behalte das Konto: Wer die Domain übernimmt, übernimmt auch deinen Namen.',
    },
    use: '{name} verwenden',
    letters:
      'Servernamen bestehen aus a-z, 0-9, Punkten und Bindestrichen. So geschrieben heißt dieser {name}.',
    refused: {
      never: '{name} endet auf .invalid, und solche Namen funktionieren nirgends. Wähle einen anderen.',
    },
    questions: {
      encoded:
        '{name} steht für andere Buchstaben als a-z. Deine Freunde sehen den Namen so, wie er hier steht. Wo er umgewandelt wird, kann er einem anderen Namen ähneln.',
      loopback:
        'Jeder Computer nennt sich selbst {name}. Nur Server auf diesem Computer lassen sich von deinem unterscheiden. Gut zum Ausprobieren.',
      reserved:
        '{name} ist für Beispiele und Tests reserviert. Der Name kann niemandem gehören, also kann ihn jeder verwenden. Gut zum Ausprobieren.',
      mdns: '{name} endet auf .local. Solche Namen gehören den Geräten im lokalen Netzwerk, und andere Netzwerke verwenden dieselben.',
      local:
        '{name} ist ein Name für lokale Netzwerke. Er gehört niemandem, also kann ein anderer Server denselben haben.',
      single:
        'Ein einzelnes Wort ist nicht eindeutig: Auch ein Freund deiner Freunde kann „{name}“ verwenden.',
      privateIpv4:
        '{name} ist eine Adresse in einem lokalen Netzwerk. Andere Netzwerke verwenden dieselben Adressen.',
      ipv4: '{name} ist eine IP-Adresse. Wenn dein Anbieter dir eine andere gibt, bleibt dir ein Name, der nicht mehr deiner ist.',
    },
    save: 'Diesen Namen verwenden',
  },

  invite: {
    title: 'Öffne deine Einladung',
    explain: 'Füge die Nachricht ein, die du bekommen hast.',
    missing: 'Füge zuerst deine Einladung ein.',
    busy: 'Verbinde …',
  },

  recover: {
    title: 'Meinen Server wiederherstellen',
    explain:
      'Falls dein alter Computer noch läuft, beende zuerst den Node darauf. Zwei Nodes mit derselben Identität stören sich gegenseitig.',
    question: 'Was hast du?',
    options: {
      backup: {
        label: 'Einen Backup-Ordner',
        hint: 'Bringt alles zurück: Namen, Schlüssel, Räume und Nachrichten.',
      },
      file: {
        label: 'Eine Wiederherstellungsdatei',
        hint: 'Bringt Namen und Schlüssel zurück. Deine Peers senden, was sie noch haben.',
      },
    },
    folder: 'Ordner des Backups',
    folderHint:
      'Der vollständige Pfad auf dem Computer, auf dem dieser Node läuft, zum Beispiel /home/anna/backups/anna.example-2026-11-22. Er wird kopiert und nicht verändert.',
    restore: 'Dieses Backup wiederherstellen',
    checking: 'Wird kopiert und geprüft …',
    starting:
      '{server} ist wieder da, mit {rooms, plural, one {# Raum} other {# Räumen}} und {events, plural, one {# Ereignis} other {# Ereignissen}}. Der Node startet damit …',
    fileExplain:
      'Eine Wiederherstellungsdatei bringt den Namen und die Schlüssel deines Servers zurück und findet deine Freunde wieder. Sie senden noch einmal, was sie von deinen Räumen und Nachrichten haben.',
    file: 'Wiederherstellungsdatei',
    fileHint: 'Die Datei, die du gespeichert hast: NAME-recovery-DATUM.json.',
    passphrase: 'Passphrase',
    passphraseHint: 'Die Passphrase, die du beim Speichern der Datei gewählt hast.',
    owner: 'Dein Benutzername',
    ownerHint: 'Der Teil deines Namens zwischen @ und :.',
    submit: 'Aus dieser Datei wiederherstellen',
    opening: 'Die Datei wird geöffnet …',
  },
};
