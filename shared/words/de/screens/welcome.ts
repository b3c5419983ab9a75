import type { welcome as english } from '../../en/screens/welcome.ts';
import type { Translation } from '../../messages.ts';

export const welcome: Translation<typeof english> = {
  title: 'Willkommen',
  lead: 'Richte deinen Server ein',
  leadHint: 'Fünf kurze Schritte. Du kannst jederzeit aufhören: Jeder fertige Schritt ist gespeichert.',
  stepsLabel: 'Schritte',
  stepOf: 'Schritt {number, number} von {all, number}',
  steps: {
    name: 'Name',
    keys: 'Schlüssel',
    reachability: 'Adresse',
    peer: 'Erster Peer',
    done: 'Fertig',
  },
  stepDone: 'erledigt',
  next: 'Weiter',
  back: 'Zurück',

  name: {
    title: 'Gib deinem Server einen Namen',
    explain:
      'Unter diesem Namen kennen dich andere Server, wie bei einer E-Mail-Adresse. Er steht in jeder Nachricht, die du sendest. Deshalb kannst du ihn später nicht mehr ändern.',
    question: 'Hast du eine Domain?',
    options: {
      own: {
        label: 'Ich habe eine Domain',
        hint: 'Am besten: Freunde finden dich über den Namen, egal wo dein Server steht.',
      },
      none: {
        label: 'Ich habe keine Domain',
        hint: 'Das geht auch. Diese Möglichkeiten hast du stattdessen.',
      },
    },
    label: 'Servername',
    hintOwn: 'Deine Domain oder eine Subdomain, zum Beispiel chat.example. Ohne https:// und ohne Port.',
    hintNone:
      'Eine der drei Möglichkeiten oben. Buchstaben a-z, Ziffern, Punkte und Bindestriche. Ohne https:// und ohne Port.',
    truth:
      'Dein Server braucht zweierlei: einen Namen, den kein anderer Server im Umfeld deiner Freunde trägt, und eine Adresse, unter der ihn die Server deiner Freunde erreichen. Der Name muss nicht auf die Adresse zeigen.',
    kinds: {
      dynamic: {
        title: 'Ein Name mit dynamischem DNS',
        text: 'Kostenlos bei einem DynDNS-Anbieter. Er folgt der wechselnden IP-Adresse deines Anschlusses. Die beste der drei Möglichkeiten. Behalte das Konto: Wer die Domain übernimmt, übernimmt auch deinen Namen.',
        example: 'anna.dyndns.example',
      },
      fixed: {
        title: 'Eine feste IPv4-Adresse',
        text: 'Nur wenn dein Anbieter zusichert, dass sie sich nicht ändert. Sonst bleibt dir ein Name, der nicht mehr zu deiner Adresse passt.',
        example: '198.51.100.7',
      },
      local: {
        title: 'Ein Name in deinem lokalen Netzwerk',
        text: 'Computer in deinem Heimnetz oder VPN kennen ihn vom Router oder aus ihrer hosts-Datei. Server außerhalb finden dich darüber nicht: Gib ihnen eine Adresse, wenn sie dich hinzufügen.',
        example: 'anna.home.arpa',
      },
    },
    owner: 'Dein Benutzername',
    ownerHint:
      'Dein Name auf diesem Server: a-z, 0-9, dazwischen auch . _ -. Weitere Benutzer kannst du später anlegen.',
    preview: 'Das sehen andere',
    previewName: 'du',
    previewServer: 'chat.example',
    advanced: 'Andere Domain in Benutzernamen verwenden',
    domain: 'Domain in Benutzernamen',
    domainHint:
      'Zum Beispiel, wenn der Server chat.example heißt, seine Benutzer aber @du:example. Die Domain muss dir gehören. Lass das Feld im Zweifel leer.',
    forever:
      'Du kannst den Namen später nicht ändern. Für einen anderen Namen müsstest du in einem neuen Datenordner von vorn anfangen.',
    submit: 'Server anlegen',
    creating: 'Deine Schlüssel werden erstellt …',
    haveFile: 'Ich habe eine Wiederherstellungsdatei',
    named: 'Dein Server hat einen Namen',
    namedHint: 'Er lässt sich nicht ändern. Auch deine Schlüssel sind schon erstellt.',
    advice: {
      domain: 'Gute Wahl.',
      ipv4: 'Eine feste IP-Adresse. Achte darauf, dass du sie bei deinem Anbieter behältst.',
      privateIpv4:
        'Eine Adresse in einem lokalen Netzwerk. Nur Computer in diesem Netzwerk erreichen sie, und andere Netzwerke verwenden dieselben Adressen.',
      loopback:
        'So nennt sich jeder Computer selbst. Nur Server auf diesem Computer erreichen dich. Gut zum Ausprobieren.',
      local:
        'Ein Name in einem lokalen Netzwerk. Freunde außerhalb brauchen eine Adresse, um dich hinzuzufügen.',
      single:
        'Ein einzelnes Wort funktioniert im lokalen Netzwerk. Freunde außerhalb brauchen eine Adresse, um dich hinzuzufügen.',
    },
  },

  recover: {
    title: 'Server wiederherstellen',
    explain:
      'Mit der Datei und ihrer Passphrase bekommt dein Server seinen Namen und seine Schlüssel zurück. Räume und Nachrichten sind nicht enthalten. Deine Peers senden noch einmal, was sie noch haben.',
    warning:
      'Falls dein alter Computer noch läuft, beende zuerst den Node darauf. Zwei Nodes mit derselben Identität stören sich gegenseitig.',
    file: 'Wiederherstellungsdatei',
    fileHint: 'Die Datei, die du gespeichert hast: NAME-recovery-DATUM.json.',
    chosen: '{name} ist bereit.',
    missing: 'Wähle zuerst die Datei aus.',
    passphrase: 'Passphrase',
    passphraseHint: 'Die Passphrase, die du beim Speichern der Datei gewählt hast.',
    owner: 'Dein Benutzername',
    ownerHint: 'Der Name, den du vor dem „:“ hattest.',
    submit: 'Server wiederherstellen',
    opening: 'Die Datei wird geöffnet …',
    instead: 'Neuen Server anlegen',
  },

  invite: {
    waits: 'Du hast eine Einladung.',
    waitsOf: 'Du hast eine Einladung von {name}.',
    nameFirst: 'Gib deinem Server zuerst einen Namen. Im Schritt „Erster Peer“ kannst du sie annehmen.',
    laterStep: 'Im Schritt „Erster Peer“ kannst du sie annehmen.',
    drop: 'Verwerfen',
    have: 'Ein Freund hat mich eingeladen',
    link: 'Einladungslink',
    hint: 'Er beginnt mit paracord://peer/ und wird aufgehoben, bis dein Server einen Namen hat.',
    keep: 'Einladung aufheben',
  },

  keys: {
    title: 'Deine Schlüssel',
    explain:
      'Dein Server signiert alles, was er sendet, mit einem Schlüssel, der hier erstellt wurde und diesen Computer nie verlässt. Damit deine Freunde sicher sein können, dass du es bist, können sie diese sechs Wörter am Telefon mit dir vergleichen:',
    copyHint: 'Du findest sie später unter Einstellungen, Schlüssel.',
    later: 'Nicht jetzt',
    laterHint: 'Die Übersicht erinnert dich daran, bis die Datei gespeichert ist.',
  },

  reachability: {
    title: 'Können andere dich erreichen?',
    explain:
      'Die Server deiner Freunde verbinden sich über eine Adresse mit deinem. So sieht es im Moment aus:',
    found: 'Aktueller Stand',
    router: 'Router',
    certificate: 'Anderes Zertifikat verwenden',
    test: 'Jetzt Schritt für Schritt prüfen',
    tryLater: 'Später entscheiden',
  },

  peer: {
    title: 'Dein erster Peer',
    explain:
      'Ein Peer ist der Server eines Freundes, dem du vertraust: Jeder von euch nimmt an, was der Server des anderen signiert. Mit einem Einladungslink werdet ihr in einem Schritt gegenseitig zu Peers.',
    label: 'Oder über die Adresse hinzufügen',
    hint: 'Frag deinen Freund danach: https://chat.example:8448 oder nur der Name. Dein Freund muss dann auch deinen Server hinzufügen.',
    submit: 'Peer hinzufügen',
    adding: 'Verbindung wird aufgebaut …',
    yours: 'Mit dieser Adresse fügt dein Freund dich hinzu',
    noAddress:
      'Dein Freund kann dich noch nicht hinzufügen, weil dein Server keine öffentliche Adresse hat. Geh einen Schritt zurück und lege eine fest.',
    list: 'Deine Peers',
    added: '{name} ist jetzt ein Peer.',
    skip: 'Schritt überspringen',
  },

  done: {
    title: '{name} ist bereit',
    explain: 'Dein Server läuft, auch wenn du dieses Fenster schließt. Drei Dinge als Nächstes:',
    next: {
      room: {
        title: 'Ersten Raum anlegen',
        hint: 'Gib ihm einen Namen, lade einen Freund ein und schreib etwas.',
      },
      recovery: {
        title: 'Wiederherstellungsdatei speichern',
        hint: 'Das hast du noch nicht getan. Nur mit ihr bekommst du einen verlorenen Namen zurück.',
      },
      compare: {
        title: 'Die sechs Wörter vergleichen',
        hint: 'Ruf deinen Freund an: Sein Server muss für deinen dieselben Wörter anzeigen.',
      },
      peer: {
        title: 'Peer hinzufügen',
        hint: 'Um mit anderen zu sprechen, brauchst du einen Peer. Frag einen Freund nach der Adresse seines Servers.',
      },
      overview: {
        title: 'Nach deinem Server sehen',
        hint: 'Zustand, Datenverkehr und was noch einzurichten ist.',
      },
    },
    finish: 'Zur Übersicht',
  },
};
