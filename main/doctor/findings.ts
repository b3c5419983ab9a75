/** What is wrong, or will be, as the node knows it: pure, from facts that others gathered. */
import type { Finding } from '../../shared/api/doctor-views.ts';
import { judgeOwnClock } from '../clocks/own-clock.ts';
import { count, type Facts, finding } from './finding.ts';
import { peerFindings } from './peer-findings.ts';

const dayMs = 86_400_000;
const keyWarnMs = 14 * dayMs;

/** Everything found, causes before consequences, worst first. */
export function findings(facts: Facts): Finding[] {
  if (!facts.setUp)
    return [
      finding('not-set-up', 'warning', 'No name yet', 'This server has no name yet: set it up first.', {
        fix: 'Choose a name in the wizard, or run: paracord-node setup NAME',
      }),
    ];
  const found = [
    ...ownFindings(facts),
    ...networkFindings(facts),
    ...facts.peers.flatMap((peer) => peerFindings(facts, peer)),
  ];
  const codes = new Set(found.map(({ code }) => code));
  const present = found.map((one) => ({
    ...one,
    depends_on: one.depends_on.filter((code) => codes.has(code)),
  }));
  return present
    .map((one) => ({ ...one, severity: gravity(one, present) }))
    .sort((a, b) => Number(isConsequence(a)) - Number(isConsequence(b)) || rank(a) - rank(b));
}

/** A cause is as grave as the gravest that follows from it: what is no trouble by itself may keep everybody out. */
function gravity(one: Finding, all: readonly Finding[]): Finding['severity'] {
  if (isConsequence(one)) return one.severity;
  const following = all.filter(({ depends_on }) => depends_on.includes(one.code));
  return [one, ...following].sort((a, b) => rank(a) - rank(b))[0]?.severity ?? one.severity;
}

const rank = ({ severity }: Finding): number => ({ error: 0, warning: 1, info: 2 })[severity];
export const isConsequence = ({ depends_on }: Finding): boolean => depends_on.length > 0;

function ownFindings(facts: Facts): Finding[] {
  const found: Finding[] = [];
  if (facts.paused)
    found.push(
      finding(
        'paused',
        'info',
        'Paused',
        'Paused by you: nothing is sent or taken until you resume. Peers keep what they have for you.',
        { fix: 'Resume federation when you are ready.' },
      ),
    );
  const clock = judgeOwnClock(facts.clockOffsetMs, facts.peers);
  if (clock !== null)
    found.push(finding('clock-off', clock.severity, clock.title, clock.text, { fix: clock.fix }));
  const keyLeft = facts.keyValidUntil === null ? null : facts.keyValidUntil - facts.now;
  if (keyLeft !== null && keyLeft < keyWarnMs)
    found.push(
      finding(
        'key-runs-out',
        keyLeft <= 0 ? 'error' : 'warning',
        keyLeft <= 0 ? 'The signing key has run out' : 'The signing key runs out soon',
        `It is ${keyLeft <= 0 ? 'not valid any more' : `valid for ${Math.ceil(keyLeft / dayMs)} more days`}, and was not renewed by itself.`,
        { fix: 'Rotate keys in the settings.' },
      ),
    );
  if (facts.deadLetters > 0)
    found.push(
      finding(
        'dead-letters',
        'warning',
        'Some events could not be delivered',
        `${count(facts.deadLetters, 'event')} could not be delivered and ${facts.deadLetters === 1 ? 'waits' : 'wait'} for your decision.`,
        { fix: 'Look at Deliveries: try them again, or give them up.', dependsOn: ['offline'] },
      ),
    );
  if (facts.recoverySavedAt === null)
    found.push(
      finding(
        'no-recovery-file',
        'info',
        'No recovery file saved',
        'Without it, a broken disk takes this server’s name for good.',
        { fix: 'Save the recovery file in Settings, Keys.' },
      ),
    );
  return found;
}

/** Verdicts that keep peers out; the others are well, or not known yet. */
const closedKinds = ['closed', 'shared', 'double-nat', 'no-address', 'untrue'] as const;
const reachCodes = closedKinds.map((kind) => `router-${kind}` as const);

function reachFindings({ reach, dialBack }: Facts): Finding[] {
  // Whoever was called back is reached, by a rule that the owner made in the router.
  if (dialBack?.reached === true) return [];
  const closed = closedKinds.find((kind) => kind === reach.kind);
  if (closed === undefined) return [];
  return [
    finding(`router-${closed}`, 'info', 'The router does not let peers through by itself', reach.text, {
      fix: reach.fix,
    }),
  ];
}

function listenerFindings({ listenerProblem }: Facts): Finding[] {
  if (listenerProblem === null) return [];
  return [
    finding('not-listening', 'error', 'No peer is heard', listenerProblem, {
      fix: 'Stop that program, or choose another port in Settings, Network. It is tried again by itself.',
    }),
  ];
}

function certificateFindings({ certificate, now }: Facts): Finding[] {
  if (certificate === null) return [];
  const left = certificate.valid_until - now;
  if (left <= 0)
    return [
      finding(
        'certificate-ran-out',
        'error',
        'The certificate has run out',
        certificate.problem ?? 'Peers refuse to connect.',
        { fix: 'Renew it; the node takes the new one by itself.' },
      ),
    ];
  if (certificate.problem === null) return [];
  return [
    finding('certificate-problem', 'warning', 'The certificate needs you', certificate.problem, {
      fix: certificate.renewing,
    }),
  ];
}

function networkFindings(facts: Facts): Finding[] {
  const found: Finding[] = [
    ...listenerFindings(facts),
    ...reachFindings(facts),
    ...certificateFindings(facts),
  ];
  const unreachable = facts.peers.filter(({ state }) => state === 'unreachable').length;
  const active = facts.peers.filter(({ state }) => state !== 'blocked' && state !== 'quarantined').length;
  if (active > 0 && unreachable === active)
    found.push(
      finding(
        'offline',
        'error',
        'No peer can be reached',
        'No peer can be reached: this server may be offline.',
        { fix: 'Check this computer’s network. What waits is sent as soon as it is back.' },
      ),
    );
  if (facts.publicUrl === null)
    found.push(
      finding(
        'no-public-address',
        'info',
        'No public address',
        'Peers cannot call this server, so it fetches what is for it instead.',
        {
          fix: 'Set the public address in Settings, Network, or go on pulling.',
          dependsOn: reachCodes,
        },
      ),
    );
  else if (facts.dialBack?.reached === false)
    found.push(
      finding(
        'not-reachable',
        'warning',
        'Peers cannot reach this server',
        `${facts.dialBack.by} tried ${facts.publicUrl} and could not: ${facts.dialBack.text}`,
        {
          fix: 'Check the router’s port forwarding and the firewall for that port, then test again.',
          dependsOn: ['not-listening', 'offline', 'certificate-ran-out', ...reachCodes],
        },
      ),
    );
  return found;
}
