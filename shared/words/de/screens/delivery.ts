import type { delivery as english } from '../../en/screens/delivery.ts';
import type { Translation } from '../../messages.ts';

export const delivery: Translation<typeof english> = {
  reasons: {
    unreachable: 'Der Server des Raums kann ihn nicht erreichen.',
    failing: 'Er antwortet dem Server des Raums mit einem Fehler.',
    busy: 'Er bittet den Server des Raums, langsamer zu senden.',
    closed: 'Er lehnt vorerst ab, was der Server des Raums sendet.',
    wrong_place: 'Unter seiner Adresse antwortet ein anderer Server.',
    rejected: 'Er hat das abgelehnt.',
    expired: 'Der Server des Raums hat nach zu langer Zeit aufgegeben.',
    dropped: 'Der Server des Raums hat aufgegeben.',
  },
  gaveUp: 'Du hast diese Zustellung verworfen.',
  homeDoesNotTell: '{home} meldet nicht, welche Server es haben.',
  roomSilent: 'Der Server des Raums meldet nicht, welche Server es haben.',
  roomHolds: 'Der Server des Raums wartet auf Freigabe durch den Betreiber.',
  roomLacksIt: 'Er bekäme es vom Server des Raums, wo es auch noch nicht ist.',
  nextTry: 'Nächster Versuch {when}.',
  nextTryNow: 'Nächster Versuch jetzt.',
  destination: {
    delivered: 'Zugestellt.',
    notShown: 'Angenommen, aber den Benutzern dort nicht angezeigt.',
    held: 'Wartet auf Freigabe durch den Betreiber.',
    handedOver: 'An {home} zugestellt.',
    unknown: 'Ob {server} es hat, ist noch nicht bekannt.',
    sending: 'Wird gesendet.',
    passedOn: 'Bekommt es von {home}, sobald es dort ist.',
    notYet: 'Noch nicht zugestellt.',
    waits: 'Wartet auf {server}.',
    failed: 'Nicht zugestellt.',
    sendAgain: 'Du kannst es erneut senden.',
  },
  summary: {
    nowhere: 'Geht an keinen anderen Server',
    accepted: 'Von {home} angenommen, aber den Benutzern dort nicht angezeigt',
    all: '{total, plural, one {Zugestellt} =2 {Beiden anderen Servern zugestellt} other {Allen # anderen Servern zugestellt}}',
    allNotShown:
      '{total, plural, one {Zugestellt} =2 {Beiden anderen Servern zugestellt} other {Allen # anderen Servern zugestellt}}, aber {home} zeigt es seinen Benutzern nicht',
    handedOver: 'Zugestellt an: {homes}',
    some: '{delivered, number} von {total, plural, one {# anderen Server} other {# anderen Servern}} zugestellt',
    held: 'Wartet auf Freigabe auf dem anderen Server',
    none: 'Noch nicht zugestellt',
    failed: 'Nicht zugestellt',
  },
  lacking: {
    queued: '{home} muss noch {count, plural, one {# Ereignis} other {# Ereignisse}} an {server} zustellen.',
    unknown:
      'Noch nicht bekannt, ob {count, plural, one {# Ereignis} other {# Ereignisse}} über {home} bei {server} angekommen {count, plural, one {ist} other {sind}}.',
    held: '{count, plural, one {# Ereignis wartet} other {# Ereignisse warten}} bei {server} auf Freigabe durch den Betreiber.',
    refused:
      '{home} konnte {count, plural, one {# Ereignis} other {# Ereignisse}} nicht an {server} zustellen und versucht es nicht mehr.',
  },
};
