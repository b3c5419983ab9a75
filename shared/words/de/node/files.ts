import type { files as english } from '../../en/node/files.ts';
import type { Translation } from '../../messages.ts';

export const files: Translation<typeof english> = {
  file: {
    too_large:
      'Diese Datei hat {size, number} MB. Eine Datei darf höchstens {max, number} MB haben. Mach sie kleiner oder teile sie auf einem anderen Weg.',
    person_full:
      'Deine Dateien würden {needed, number} MB belegen, und hier hat jede Person {max, number} MB. Lösche Nachrichten mit Dateien, die du nicht mehr brauchst.',
    all_full:
      'Die Dateien auf diesem Server würden mehr als {max, number} MB belegen. Frag den Betreiber, oder lösche Nachrichten mit Dateien, die niemand mehr braucht.',
    disk_full:
      'Die Festplatte dieses Servers ist fast voll: Nur {free, number} MB sind frei. Der Betreiber muss Platz schaffen, bevor Dateien hochgeladen werden können.',
    many_uploads:
      'Du hast {max, number} Dateien, die noch nicht gesendet sind. Sende sie oder brich sie zuerst ab.',
    no_upload:
      'Es gibt keinen Upload {upload}. Er wurde abgebrochen oder ist zu alt, oder der Server wurde neu gestartet. Lade die Datei noch einmal hoch.',
    other_offset: 'Das nächste Byte dieses Uploads ist Nummer {received, number}. Mach dort weiter.',
    too_many_bytes: 'Es kamen mehr Bytes als die {size, number}, die für diese Datei angekündigt waren.',
    taken_over: 'Eine andere Anfrage setzt diesen Upload fort.',
    unfinished: 'Die Datei {name} ist noch nicht ganz hochgeladen. Warte, bis sie es ist.',
    nothing_said: 'Eine Nachricht braucht einen Text oder eine Datei.',
    none: 'Diese Nachricht hat keine solche Datei.',
    no_picture:
      'Das ist kein Bild, das für jemanden stehen kann. Wähle ein PNG, JPEG oder WebP mit höchstens 1024 × 1024 Pixeln und 64 KiB.',
    no_such_picture: 'Niemand, den du triffst, zeigt dieses Bild, oder es ist keins.',
    only_named:
      '{server} nennt diese Datei, sagt aber nicht, wie sie zu holen ist. Bitte den Autor, sie auf einem anderen Weg zu senden.',
    too_large_there: 'Diese Datei hat mehr als {max, number} MB, darum holt dieser Server sie nicht.',
    nobody:
      'Diese Datei ist noch nicht hier, und gerade antwortet kein Server, der sie haben könnte. Sie liegt auf {server}. Versuch es erneut, wenn dieser Server online ist.',
    lost: '{server} hat diese Datei nicht mehr, und auch kein anderer Server, der gerade antwortet. Bitte den Autor, sie noch einmal zu senden.',
    other:
      '{server} hat etwas anderes geschickt als die Datei, die diese Nachricht nennt. Dein Server hat nichts davon behalten. Bitte den Autor, sie noch einmal zu senden.',
    no_space: 'Auf diesem Server ist kein Platz für diese Datei. Frag den Betreiber.',
    bad_range: 'Die Datei hat {size, number} Bytes, und der verlangte Bereich liegt nicht darin.',
    many_reads: '{server} holt zu viele Dateien auf einmal. Nächster Versuch in {seconds} s.',
    not_here: 'Keine Nachricht in diesem Raum nennt eine solche Datei, oder sie ist nicht hier.',
    not_yours:
      'Keine Nachricht nennt eine solche Datei dieses Servers in einem Raum, in dem dieser Benutzer ist.',
    no_link: 'Dieser Link ist für einen anderen Server oder eine andere Datei, oder er ist abgelaufen.',
  },
};
