import type { delivery as english } from '../../en/node/delivery.ts';
import type { Translation } from '../../messages.ts';

export const delivery: Translation<typeof english> = {
  delivery: {
    offline: 'Dieser Computer hat keine Netzverbindung. Die Zustellung geht weiter, sobald sie zurück ist.',
    asleep: 'Dieser Computer war im Ruhezustand. Die Zustellung geht weiter.',
    says: '{text} Er sagt: „{quote}“',
    server_error: 'Er hat mit einem Serverfehler geantwortet.',
    slow_down: 'Er bittet deinen Server, langsamer zu senden.',
    not_ready: 'Er war für die Anfrage nicht bereit.',
    too_large: 'Er hat das Ereignis als zu groß abgelehnt.',
    web_page:
      'Er hat mit einer Webseite statt mit JSON geantwortet. Vielleicht ist ein Proxy im Weg, oder die Adresse ist falsch.',
    redirect:
      'Er leitet an eine andere Adresse weiter. Vielleicht ist ein Proxy im Weg, oder die Adresse ist falsch.',
    nothing_there:
      'Unter seiner Adresse ist kein Paracord-Server. Vielleicht ist ein Proxy im Weg, oder die Adresse ist falsch.',
    odd_status:
      'Er hat so geantwortet, wie es kein Paracord-Server tut. Vielleicht ist ein Proxy im Weg, oder die Adresse ist falsch.',
    invalid: 'Er hat das Ereignis als ungültig abgelehnt.',
    signature: 'Er hat die Signatur deines Servers abgelehnt.',
    signature_clock:
      'Er hat die Signatur deines Servers abgelehnt, weil die Uhren nicht übereinstimmen. {text} {fix}',
    held: 'Er hat deinen Server unter Quarantäne gestellt. Das wartet auf Freigabe durch den Betreiber.',
    event_refused: 'Er hat dieses Ereignis abgelehnt.',
    closed: 'Er nimmt keine Ereignisse von deinem Server an.',
    refused_there:
      'Er vertraut deinem Server und nimmt dieses Ereignis nicht an: Er kennt den Server des Verfassers nicht, der Verfasser ist dort nicht im Raum, oder der Kanal ist nicht für andere Server offen. Was danach kommt, wird gesendet.',
    author_removed:
      'Er lässt den Verfasser nicht mehr in den Raum: Wer ihn betreibt, hat ihn entfernt oder gesperrt.',
    body_too_long: 'Er nimmt höchstens {max, number} Bytes Text an, und diese Nachricht hat {bytes, number}.',
    id_too_long:
      'Er nimmt Bezeichner mit höchstens {max, number} Zeichen an, und dieses Ereignis hat einen längeren.',
    other_guild: 'Das Ereignis nennt eine andere Guild als die seines Raums, also nähme er es nicht an.',
    too_old: 'Er nimmt nichts an, was älter als eine Woche ist.',
    ahead:
      'Die Uhr eines anderen Servers in diesem Raum geht vor, deshalb nimmt er dieses Ereignis erst nach {at, date, long}, {at, time, ::jmmz} an.',
    id_conflict: 'Er hat schon ein anderes Ereignis mit derselben ID.',
    replay: 'Er hielt die Anfrage für eine Wiederholung einer früheren.',
    conflict: 'Er hat einen Konflikt gemeldet, aber nicht, womit.',
    damaged:
      'Das gespeicherte Ereignis ist beschädigt und kann erst gesendet werden, wenn es neu geholt wurde.',
    gave_up: 'Nach {span} aufgegeben.',
    not_trusted: '{server} ist kein Peer, dem du vertraust.',
    no_address:
      'Von {server} ist keine Adresse bekannt. Er holt seine Nachrichten bei deinem Server ab. Das kann ein paar Sekunden dauern.',
    not_called:
      '{server} ist von hier aus nicht erreichbar. Er holt seine Nachrichten bei deinem Server ab. Das kann ein paar Sekunden dauern.',
    blocked: 'Du hast ihn blockiert.',
    quarantined: 'Du hast ihn unter Quarantäne gestellt.',
    no_peer: 'Er ist kein Peer, dem du vertraust.',
    paused: 'Die Föderation ist angehalten.',
    restored:
      'Das hat gewartet, als der Datenordner aus einem Backup wiederhergestellt wurde. Der andere Server hat es vielleicht schon.',
    state_sending: 'Wird gesendet.',
    state_waiting: 'Wartet auf den nächsten Versuch.',
    state_parked: 'Vorerst abgelehnt. Dein Server versucht es ab und zu wieder.',
    state_closed: 'Angehalten.',
    state_idle: 'Gerade wird nichts gesendet.',
  },
  clock: {
    doubted_title: 'Die Uhr dieses Computers geht falsch, deshalb wird nichts geschrieben',
    doubted_by_peers:
      'Deine Peers sind sich einig: Die richtige Zeit ist {span} {side, select, ahead {weiter als die Uhr} other {hinter der Uhr}} dieses Computers. Was du jetzt schreibst, bekäme ein falsches Datum und bliebe verborgen. Deshalb schreibt dein Server nichts, bis die Uhr stimmt.',
    doubted_by_past:
      'Die Uhr dieses Computers geht {span} nach gegenüber der Zeit, zu der dein Server zuletzt lief. Was du jetzt schreibst, bekäme ein falsches Datum und würde in die Vergangenheit einsortiert. Deshalb schreibt dein Server nichts, bis das geklärt ist.',
    doubted_by_leap:
      'Die Uhr dieses Computers ist gesprungen, während dein Server lief, die Uhr deines Peers nicht. Die richtige Zeit ist wahrscheinlich {span} {side, select, ahead {weiter als sie} other {hinter ihr}}. Was du jetzt schreibst, bekäme ein falsches Datum. Deshalb schreibt dein Server nichts, bis die Uhr stimmt.',
    doubted_by_program:
      'Die Uhr dieses Computers zeigt eine Zeit, zu der dieses Programm noch nicht installiert war. Sie geht mindestens {span} nach. Was du jetzt schreibst, bekäme ein falsches Datum und würde in die Vergangenheit einsortiert. Deshalb schreibt dein Server nichts, bis die Uhr stimmt.',
    doubted_fix:
      'Schalte an diesem Computer „Uhrzeit automatisch einstellen“ ein. Wenn die Uhr stimmt, bestätige das hier oder führe aus: paracord-node settings trust-clock',
    off: 'Seine Uhr geht gegenüber der Uhr dieses Computers {side, select, ahead {vor} other {nach}}, mit einer Abweichung von {span}. Erlaubt sind {limit} Sekunden.',
    either_unknown: 'Kein anderer Peer hat seine Zeit gemeldet. Jede der beiden Uhren kann falsch gehen.',
    either_disagree:
      'Andere Peers sind sich über die Zeit nicht einig. Jede der beiden Uhren kann falsch gehen.',
    theirs:
      'Die Uhren anderer Peers stimmen mit der Uhr dieses Computers überein. Also geht wohl seine Uhr falsch.',
    ours: 'Die Uhren anderer Peers stimmen mit seiner überein. Also geht wohl die Uhr dieses Computers falsch.',
    neither: 'Die Uhren anderer Peers stimmen mit keiner der beiden überein.',
    near: 'Seine Uhr weicht um höchstens {n, plural, one {# Sekunde} other {# Sekunden}} von der Uhr dieses Computers ab.',
    tolerable:
      'Seine Uhr geht gegenüber der Uhr dieses Computers {side, select, ahead {vor} other {nach}}, mit einer Abweichung von {span}. Das funktioniert noch. Ab {limit} Sekunden nicht mehr.',
    untold: 'Nicht geprüft: Er meldet seine Zeit nicht.',

    fix_ours: 'Schalte an diesem Computer „Uhrzeit automatisch einstellen“ ein.',
    fix_ours_or_theirs:
      'Schalte an diesem Computer „Uhrzeit automatisch einstellen“ ein. Wenn seine Uhr richtig geht, sag dem Betreiber des Peers Bescheid.',
    fix_ours_compare:
      'Schalte an diesem Computer „Uhrzeit automatisch einstellen“ ein. Vergleiche dann noch einmal.',
    fix_theirs: 'Bitte seinen Betreiber, dort „Uhrzeit automatisch einstellen“ einzuschalten.',
    fix_ours_or_others:
      'Schalte an diesem Computer „Uhrzeit automatisch einstellen“ ein. Wenn seine Uhr richtig geht, sag den Betreibern der anderen Bescheid.',
    fix_ours_or_named:
      'Schalte an diesem Computer „Uhrzeit automatisch einstellen“ ein. Wenn seine Uhr richtig geht, sag dem Betreiber von {name} Bescheid.',

    title_disagree: 'Deine Peers sind sich über die Zeit nicht einig',
    title_two: 'Zwei Uhren stimmen nicht überein',
    title_ours: 'Die Uhr dieses Computers geht falsch',
    disagree:
      'Verglichen mit diesem Computer: {list}. Daraus geht nicht hervor, wessen Uhr falsch geht. Server, deren Uhren um mehr als {limit} Sekunden voneinander abweichen, lehnen gegenseitig ihre Anfragen ab.',
    two: 'Die Uhr von {name} geht gegenüber der Uhr dieses Computers {side, select, ahead {vor} other {nach}}, mit einer Abweichung von {span}. Ab {limit} Sekunden lehnt jeder der beiden Server die Anfragen des anderen ab. Kein anderer Peer hat seine Zeit gemeldet. Jede der beiden Uhren kann falsch gehen.',
    ours_off:
      'Die Uhren deiner Peers gehen gegenüber der Uhr dieses Computers {side, select, ahead {vor} other {nach}}, mit einer Abweichung von {span}. Ab {limit} Sekunden lehnen sie jede Anfrage ab.',
    one_agrees: '{name} stimmt überein',
    one_off: '{name} geht mit {span} Abweichung {side, select, ahead {vor} other {nach}}',
    more: '{n, plural, one {# weiterer Peer} other {# weitere Peers}}',
  },
};
