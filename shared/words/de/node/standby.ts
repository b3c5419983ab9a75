import type { standby as english } from '../../en/node/standby.ts';
import type { Translation } from '../../messages.ts';

export const standby: Translation<typeof english> = {
  standby: {
    lease:
      'Dieser Node kann nicht sicher sein, dass er noch führt, und antwortet deshalb vorerst nicht. Er versucht es von selbst erneut, oder sein Ersatz-Node übernimmt innerhalb weniger Sekunden. Versuche es dann erneut.',
    no_leader:
      'Im Moment führt kein Node dieses Servers. Innerhalb weniger Sekunden übernimmt ein Ersatz-Node. Versuche es dann erneut.',
    not_reached:
      'Dieser Node steht bereit für {leader}. Nur {leader} schreibt für diesen Server, hat aber nicht geantwortet ({why}). Ob die Änderung angekommen ist, ist nicht bekannt. Versuche es in ein paar Sekunden erneut.',
    reads_only: 'Dieser Node steht nur bereit. Nur der Node, der führt, kann das tun.',
    logout:
      'Dieser Node steht nur bereit und kann keine Anmeldung beenden, die beim führenden Node entstand. Melde dich dort ab.',
    old_copy:
      'Dieser Node steht nur bereit und hat die Datenbank seit mehr als {seconds} s nicht erreicht. Was er zeigen könnte, ist vielleicht veraltet.',
    carrier_gone:
      'Der Node, der das senden sollte, ist nicht mehr da. Ob er es gesendet hat, ist nicht bekannt. Es wird noch einmal gesendet.',
    not_ours: 'Die beiden Nodes haben verschiedene Identitäten, oder ihre Uhren gehen zu weit auseinander.',
  },
};
