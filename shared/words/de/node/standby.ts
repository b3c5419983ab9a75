import type { standby as english } from '../../en/node/standby.ts';
import type { Translation } from '../../messages.ts';

export const standby: Translation<typeof english> = {
  standby: {
    lease:
      'Dieser Node kann nicht sicher sein, dass er noch führt, und antwortet deshalb vorerst nicht. Er versucht es von selbst erneut, oder sein Ersatz-Node übernimmt innerhalb weniger Sekunden. Versuche es dann erneut.',
    no_leader:
      'Im Moment führt kein Node dieses Servers. Innerhalb weniger Sekunden übernimmt ein Ersatz-Node. Versuche es dann erneut.',
    not_reached:
      'Dieser Node steht nur bereit. Der Node auf {leader} führt und hat nicht geantwortet. {why} Ob er getan hat, was du wolltest, ist nicht bekannt: Sieh nach, bevor du es noch einmal versuchst. Wenn {leader} ausgefallen ist, übernimmt dieser Node innerhalb weniger Sekunden. Wenn nicht, prüfe, ob eine Firewall TCP-Verbindungen zwischen den beiden Computern blockiert, auf irgendeinem Port.',
    not_asked:
      'Dieser Node steht nur bereit. Der Node auf {leader} führt und hat nicht geantwortet. {why} Nichts wurde geändert. Versuche es in ein paar Sekunden erneut: Wenn {leader} ausgefallen ist, übernimmt dieser Node bis dahin. Wenn nicht, prüfe, ob eine Firewall TCP-Verbindungen zwischen den beiden Computern blockiert, auf irgendeinem Port.',
    unreachable_title: 'Der führende Node antwortet diesem nicht',
    unreachable:
      'Dieser Node steht für den Node auf {leader} bereit und hat von ihm keine Antwort bekommen. Räume und Nachrichten kannst du hier lesen. Was du hier änderst, schlägt fehl, und was Peers an diesen Node senden, auch.',
    unreachable_fix:
      'Prüfe, ob eine Firewall TCP-Verbindungen zwischen den beiden Computern blockiert, auf irgendeinem Port. Verwende bis dahin die Konsole des Nodes auf {leader}. Wenn er ausgefallen ist, übernimmt dieser Node innerhalb weniger Sekunden.',
    not_now: 'Dieser Server kann das gerade nicht annehmen. Versuche es in ein paar Sekunden erneut.',
    reads_only: 'Dieser Node steht nur bereit. Nur der Node, der führt, kann das tun.',
    logout:
      'Dieser Node steht nur bereit und kann keine Anmeldung beenden, die beim führenden Node entstand. Melde dich dort ab.',
    finding_here: 'Auf diesem Computer, dessen Node nur bereitsteht: {title}',
    old_copy:
      'Dieser Node steht nur bereit und hat die Datenbank seit mehr als {seconds} s nicht erreicht. Was er zeigen könnte, ist vielleicht veraltet.',
    carrier_gone:
      'Der Node, der das senden sollte, ist nicht mehr da. Ob er es gesendet hat, ist nicht bekannt. Es wird noch einmal gesendet.',
    not_ours:
      'Die Nodes dieses Servers können nicht zusammenarbeiten: Sie haben verschiedene Identitäten, oder ihre Uhren gehen zu weit auseinander. Kopiere identity.json vom führenden Node auf den anderen, und stelle beide Uhren.',
  },
};
