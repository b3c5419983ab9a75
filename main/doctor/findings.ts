/** What is wrong, or will be, as the node knows it: pure, from facts that others gathered. */
import type { Finding } from '../../shared/api/doctor-views.ts';
import type { ReachVerdict } from '../../shared/api/reach-views.ts';
import type { CertificateView, PeerView, StatusView } from '../../shared/api/views.ts';
import { type Consensus, clockWarnMs, secondsText } from '../peers/clock-refusal.ts';
import { judgeOwnClock } from './own-clock.ts';

export interface Facts {
  readonly now: number;
  readonly setUp: boolean;
  readonly paused: boolean;
  readonly recoverySavedAt: number | null;
  readonly keyValidUntil: number | null;
  readonly publicUrl: string | null;
  /** Why no peer is heard. */
  readonly listenerProblem: string | null;
  /** Their clocks less ours, by everybody. */
  readonly clockOffsetMs: Consensus;
  /** Without those we only heard of. */
  readonly peers: readonly Pick<
    PeerView,
    'server_name' | 'state' | 'state_text' | 'clock_offset_ms' | 'held' | 'keys' | 'last_seen_at'
  >[];
  readonly deadLetters: number;
  /** What the router lets through, in the words of whoever asked it. */
  readonly reach: ReachVerdict;
  readonly certificate: Pick<CertificateView, 'valid_until' | 'problem' | 'renewing'> | null;
  /** Peers that cannot be told our address, so that their owners must be. */
  readonly toTellByHand: readonly string[];
  /** Peers that could not be told our address yet. */
  readonly untold: readonly string[];
  /** What peers said when they were asked to call back. */
  readonly dialBack: { readonly reached: boolean; readonly by: string; readonly text: string } | null;
}

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
const reachCodes = closedKinds.map((kind) => `router-${kind}`);

function reachFindings({ reach, dialBack }: Facts): Finding[] {
  // Whoever was called back is reached, by a rule that the owner made in the router.
  if (dialBack?.reached === true) return [];
  if (!closedKinds.some((kind) => kind === reach.kind)) return [];
  return [
    finding(`router-${reach.kind}`, 'info', 'The router does not let peers through by itself', reach.text, {
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

function peerFindings(
  { now, toTellByHand, untold, publicUrl }: Facts,
  peer: Facts['peers'][number],
): Finding[] {
  const name = peer.server_name;
  const found: Finding[] = [];
  const add = (code: string, severity: Finding['severity'], title: string, text: string, more: More) =>
    found.push(finding(code, severity, title, text, { ...more, subject: name }));
  if (peer.state === 'unreachable')
    add('peer-unreachable', 'warning', `${name} cannot be reached`, peer.state_text, {
      fix: `Check ${name} step by step, or tell its owner.`,
      dependsOn: ['offline'],
    });
  if (peer.state === 'closed')
    add('peer-refuses', 'warning', `${name} refuses this server`, peer.state_text, {
      fix: 'Its owner must allow this server there.',
      dependsOn: ['clock-off'],
    });
  if (keysHaveRunOut(peer, now))
    add('peer-key-ran-out', 'warning', `The key of ${name} ran out`, `Nothing ${name} says is taken.`, {
      fix: 'Its owner can renew it; if you know that it is still in use, go on trusting it on its page.',
    });
  const offset = peer.clock_offset_ms;
  if (offset !== null && Math.abs(offset) >= clockWarnMs)
    add(
      'peer-clock-off',
      'warning',
      `The clock of ${name} is wrong`,
      `It is ${secondsText(offset)} ${offset > 0 ? 'ahead of' : 'behind'} ours.`,
      {
        fix: 'Tell its owner to let the system set its clock by NTP.',
        dependsOn: ['clock-off'],
      },
    );
  if (toTellByHand.includes(name) && publicUrl === null)
    add(
      'address-by-hand',
      'info',
      `${name} still knows an address of ours`,
      'It cannot be told that there is none now. Nothing is lost: what it has for this server is fetched.',
      { fix: 'If its attempts are in the way there, tell its owner to take our address away.' },
    );
  else if (toTellByHand.includes(name))
    add(
      'address-by-hand',
      'warning',
      `${name} does not know our new address`,
      'It cannot be told by itself where this server is reached now.',
      { fix: `Tell its owner to change our address there to ${publicUrl}.` },
    );
  else if (untold.includes(name))
    add(
      'address-untold',
      'info',
      `${name} does not know our new address yet`,
      'It could not be told so far. It is told as soon as it is heard from, and tried every five minutes.',
      { fix: `If this stays, tell its owner to change our address there to ${publicUrl}.` },
    );
  if (peer.held > 0)
    add(
      'held-events',
      'info',
      `${name} waits for your decision`,
      `${count(peer.held, 'event')} of ${name} ${peer.held === 1 ? 'is' : 'are'} held.`,
      {
        fix: `Release or discard them on the page of ${name}.`,
      },
    );
  return found;
}

/** A key that was gone on with past its time is said to be valid still, by whoever extended it. */
const keysHaveRunOut = ({ keys, state }: Facts['peers'][number], now: number): boolean =>
  state === 'waiting' && keys.length > 0 && keys.every((key) => key.valid_until < now);

/** The sentence of health: the worst root cause, counted where there are several of a kind. */
export function healthOf(
  found: readonly Finding[],
  peers: readonly Pick<PeerView, 'state'>[],
): StatusView['health'] {
  const [worst] = found;
  const paused = found.find(({ code }) => code === 'paused');
  if (paused) return { state: 'paused', text: paused.text };
  if (worst?.code === 'not-set-up') return { state: 'starting', text: worst.text };
  if (worst === undefined || worst.severity === 'info') return { state: 'ok', text: wellText(peers) };
  const alike = found.filter(({ code, severity }) => code === worst.code && severity !== 'info').length;
  const counted: Readonly<Record<string, string>> = {
    'peer-unreachable': `${count(alike, 'peer')} of ${peers.length} cannot be reached right now.`,
    'peer-refuses': `${count(alike, 'peer')} ${alike === 1 ? 'refuses' : 'refuse'} what this server sends.`,
    'peer-key-ran-out': `The ${alike === 1 ? 'key' : 'keys'} of ${count(alike, 'peer')} ran out.`,
  };
  return {
    state: worst.code === 'offline' ? 'offline' : 'attention',
    text: counted[worst.code] ?? (worst.subject === null ? worst.text : `${worst.title}. ${worst.text}`),
  };
}

function wellText(peers: readonly Pick<PeerView, 'state'>[]): string {
  const inState = (wanted: PeerView['state']) => peers.filter(({ state }) => state === wanted).length;
  const [connected, waiting] = [inState('ok'), inState('waiting')];
  if (connected > 0) return `Federating with ${count(connected, 'peer')}.`;
  if (waiting > 0)
    return `Running. ${count(waiting, 'peer')} ${waiting === 1 ? 'has' : 'have'} not been heard from yet.`;
  return peers.length === 0 ? 'Running. No peers yet: add one to federate.' : 'Running. No peer is in touch.';
}

interface More {
  readonly fix: string | null;
  readonly subject?: string;
  readonly dependsOn?: readonly string[];
}

const finding = (
  code: string,
  severity: Finding['severity'],
  title: string,
  text: string,
  { fix, subject, dependsOn }: More,
): Finding => ({
  code,
  subject: subject ?? null,
  severity,
  title,
  text,
  depends_on: [...(dependsOn ?? [])],
  fix,
});

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
