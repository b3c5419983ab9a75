import type { welcome as english } from '../../en/screens/welcome.ts';
import type { Translation } from '../../messages.ts';

export const welcome: Translation<typeof english> = {
  title: 'Willkommen',
  next: 'Weiter',
  back: 'Zurück',

  start: {
    title: 'Willkommen',
    explain: 'Dein eigener Chat-Server, auf diesem Computer. Womit möchtest du anfangen?',
    inFile: 'Alles wird in einer Datei auf diesem Computer gespeichert.',
    inPostgres: 'Alles wird in der PostgreSQL-Datenbank {place} gespeichert.',
    ways: {
      name: { title: 'Neuen Server einrichten', hint: 'Wähle einen Namen, dann lade deine Freunde ein.' },
      invited: {
        title: 'Ich wurde eingeladen',
        hint: 'Öffne den Link oder QR-Code, den du bekommen hast.',
      },
      restore: {
        title: 'Meinen Server wiederherstellen',
        hint: 'Aus einem Backup-Ordner oder einer Wiederherstellungsdatei.',
      },
    },
  },

  name: {
    title: 'Gib deinem Server einen Namen',
    explain:
      'Unter diesem Namen kennen dich deine Freunde, wie bei einer E-Mail-Adresse. Du kannst ihn später nicht ändern.',
    label: 'Servername',
    hint: 'Eine eigene Domain wie anna.example oder ein Name, der aus einem einzelnen Wort entsteht.',
    you: 'Du heißt dann',
    ownerMissing: 'du',
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
      theirs: '{name} ist der Server, der dich eingeladen hat. Wähle einen eigenen Namen.',
    },
    questions: {
      like: '{name} sieht fast aus wie {other}, der Server, der dich eingeladen hat. Deine Freunde könnten beide verwechseln.',
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
    invited: 'Du hast eine Einladung.',
    invitedBy: '{name} hat dich eingeladen',
    dropInvite: 'Verwerfen',
    confirm: {
      title: 'Stimmt dieser Name?',
      explain:
        'Er steht in jeder Nachricht, die du sendest. Für einen anderen Namen müsstest du von vorn anfangen.',
      change: 'Ändern',
      submit: '{server} anlegen',
      anyway: '{server} trotzdem anlegen',
      creating: 'Deine Schlüssel werden erstellt …',
    },
  },

  invite: {
    title: 'Einladung öffnen',
    explain: 'Füge den Link ein, den du bekommen hast, oder lies den QR-Code.',
    link: 'Einladungslink',
    hint: 'Der ganze Link, so wie du ihn bekommen hast.',
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
