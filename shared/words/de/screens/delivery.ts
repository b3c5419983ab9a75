import type { delivery as english } from '../../en/screens/delivery.ts';
import type { Translation } from '../../messages.ts';

export const delivery: Translation<typeof english> = {
  reasons: {
    unreachable: '{home} kann ihn nicht erreichen.',
    failing: 'Er antwortet {home} mit einem Fehler.',
    busy: 'Er bittet {home}, langsamer zu senden.',
    closed: 'Er nimmt von {home} vorerst nichts an.',
    wrong_place: 'Unter seiner Adresse antwortet {home} ein anderer Server.',
    rejected: 'Er hat das Ereignis abgelehnt, als {home} es zugestellt hat.',
    expired: '{home} hat es zu lange versucht und aufgehört.',
    dropped: '{home} versucht die Zustellung nicht mehr.',
  },
  gaveUp: 'Du hast diese Zustellung verworfen.',
  homeDoesNotTell: '{home} meldet nicht, welche Server es haben.',
  homeHolds: '{home} hält es zurück, bis der Betreiber es freigibt.',
  homeLacksIt: 'Er bekäme es von {home}, wo es auch noch nicht ist.',
  nextTry: 'Nächster Versuch {when}.',
  nextTryNow: 'Nächster Versuch jetzt.',
  destination: {
    delivered: 'Zugestellt.',
    notShown: 'Angenommen, aber den Benutzern dort nicht angezeigt.',
    held: 'Dort zurückgehalten, bis der Betreiber es freigibt.',
    handedOver: 'An {home} zugestellt.',
    unknown: 'Ob {server} es hat, ist noch nicht bekannt.',
    sending: 'Wird gesendet.',
    passedOn: 'Bekommt es von {home}, sobald es dort ist.',
    notYet: 'Noch nicht zugestellt.',
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
    held: 'Auf dem anderen Server zurückgehalten, bis der Betreiber es freigibt',
    none: 'Noch nicht zugestellt',
    failed: 'Nicht zugestellt',
  },
  lacking: {
    queued: '{home} muss noch {count, plural, one {# Ereignis} other {# Ereignisse}} an {server} zustellen.',
    unknown:
      'Noch nicht bekannt, ob {count, plural, one {# Ereignis} other {# Ereignisse}} über {home} bei {server} angekommen {count, plural, one {ist} other {sind}}.',
    held: '{server} hält {count, plural, one {# Ereignis} other {# Ereignisse}} zurück, bis der Betreiber {count, plural, one {es} other {sie}} freigibt.',
    refused:
      '{home} konnte {count, plural, one {# Ereignis} other {# Ereignisse}} nicht an {server} zustellen und versucht es nicht mehr.',
  },
};
