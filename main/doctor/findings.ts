/** Finds what is wrong or soon will be, from the facts that survey.ts gathers. Pure. */

import { type Standing, standingOfFinding } from '../../shared/api/standing.ts';
import type { StatusView } from '../../shared/api/views/node-views.ts';
import type { PeerState } from '../../shared/api/views/peer-views.ts';
import type { FindingCode } from '../../shared/protocol/reasons.ts';
import type { Value } from '../../shared/words/messages.ts';
import { listed, type Said, said, sentences, type Unsaid } from '../../shared/words/said.ts';
import { doubtText } from '../clocks/clock-trust.ts';
import { judgeOwnClock } from '../clocks/own-clock.ts';
import { entranceFailuresMin, entranceProblem } from '../people/entrance-addresses.ts';
import type { Verdict } from '../reach/verdict/verdict.ts';
import { type DoctorFacts, type Finding, finding, toldFinding } from './finding.ts';
import { peerFindings } from './peer-findings.ts';

const dayMs = 86_400_000;
const keyWarnMs = 14 * dayMs;
/** A longer list helps nobody. */
const namedMax = 5;

/** All findings, causes before consequences, most severe first. */
export function findings(facts: DoctorFacts): Finding[] {
  if (facts.identityMissing !== null)
    return [
      finding(
        'identity-missing',
        'error',
        'identity_missing',
        {},
        { text: said('identity.missing', { server: facts.identityMissing }) },
      ),
    ];
  if (!facts.setUp) return [finding('server-not-set-up', 'warning', 'not_set_up')];
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
  const worst = worstConsequences(present);
  return present
    .map((one) => ({ ...one, severity: severityOf(one, worst) }))
    .sort((a, b) => Number(isConsequence(a)) - Number(isConsequence(b)) || rank(a) - rank(b));
}

/** A cause is as severe as its worst consequence: something harmless by itself may keep every peer out. */
function severityOf(one: Finding, worst: ReadonlyMap<FindingCode, Finding>): Finding['severity'] {
  if (isConsequence(one)) return one.severity;
  const following = worst.get(one.code);
  return following !== undefined && rank(following) < rank(one) ? following.severity : one.severity;
}

/** Finds the most severe consequence of each cause, in one pass, because many peers may have findings. */
function worstConsequences(all: readonly Finding[]): Map<FindingCode, Finding> {
  const worst = new Map<FindingCode, Finding>();
  for (const one of all)
    for (const code of one.depends_on) {
      const before = worst.get(code);
      if (before === undefined || rank(one) < rank(before)) worst.set(code, one);
    }
  return worst;
}

const ranks = { error: 0, warning: 1, info: 2 } as const;
const rank = ({ severity }: Finding): number => ranks[severity];
const isConsequence = ({ depends_on }: Finding): boolean => depends_on.length > 0;

const diskCodes = {
  full: 'disk-full',
  read_only: 'disk-read-only',
  files: 'open-files-exhausted',
  damaged: 'database-damaged',
} as const;

const diskFindings = ({ diskTrouble: trouble }: DoctorFacts): Finding[] =>
  trouble === null
    ? []
    : [
        toldFinding(diskCodes[trouble], 'error', {
          title: said(`disk.${trouble}_title`),
          text: said(`disk.${trouble}`),
          fix: said(`disk.${trouble}_fix`),
        }),
      ];

function ownFindings(facts: DoctorFacts): Finding[] {
  return [
    facts.paused && finding('federation-paused', 'info', 'paused'),
    ...diskFindings(facts),
    facts.clockDoubt !== null &&
      toldFinding('clock-wrong', 'error', {
        title: said('clock.doubted_title'),
        text: doubtText(facts.clockDoubt),
        fix: said('clock.doubted_fix'),
      }),
    clockFinding(facts),
    keyFinding(facts),
    facts.deadLetters > 0 &&
      finding(
        'deliveries-failed',
        'warning',
        'dead_letters',
        { n: facts.deadLetters },
        { dependsOn: ['node-offline'] },
      ),
    facts.unwritten !== null &&
      finding('key-used-elsewhere', 'error', 'two_nodes', {
        server: facts.called(facts.unwritten.by).server,
        event: facts.unwritten.eventId,
      }),
    facts.damagedEvents > 0 && finding('events-damaged', 'error', 'damaged', { n: facts.damagedEvents }),
    ...facts.twoTexts.map(({ origin, event_id: event }) => {
      const { server } = facts.called(origin);
      return finding('event-id-reused', 'warning', 'two_texts', { server, event }, { subject: origin });
    }),
    facts.unconfirmed > 0 && finding('trust-unconfirmed', 'warning', 'unconfirmed', { n: facts.unconfirmed }),
    facts.recoverySavedAt === null && finding('recovery-file-missing', 'info', 'no_recovery'),
    facts.recoverySavedAt !== null &&
      facts.recoveryLacks.length > 0 &&
      finding('recovery-file-outdated', 'info', 'old_recovery', {
        n: facts.recoveryLacks.length,
        names: listed(facts.recoveryLacks.slice(0, namedMax).map((server) => facts.called(server).who)),
      }),
  ].filter((one) => one !== false && one !== null);
}

function clockFinding({ clockOffsetMs, peers }: DoctorFacts): Finding | null {
  const clock = judgeOwnClock(clockOffsetMs, peers);
  if (clock === null) return null;
  return toldFinding('clock-skewed', clock.severity, { ...clock, dependsOn: ['clock-wrong'] });
}

function keyFinding({ keyValidUntil, now }: DoctorFacts): Finding | null {
  const left = (keyValidUntil ?? Number.POSITIVE_INFINITY) - now;
  const fix = said('finding.key_fix');
  if (left <= 0) return finding('key-expired', 'error', 'key_expired', {}, { fix });
  if (left >= keyWarnMs) return null;
  return finding('key-expiring', 'warning', 'key_expires', { n: Math.ceil(left / dayMs) }, { fix });
}

/** The verdicts that mean peers are kept out. The others are fine, or not known yet. */
const closedCodes: Readonly<Partial<Record<Verdict['kind'], FindingCode>>> = {
  closed: 'router-port-closed',
  shared: 'router-address-shared',
  'double-nat': 'router-double-nat',
  'no-address': 'router-address-missing',
  untrue: 'router-answer-wrong',
};
const reachCodes = Object.values(closedCodes);

function reachFindings({ reach, dialBack }: DoctorFacts): Finding[] {
  // A node that a peer called back is reachable. The owner probably forwarded the port by hand.
  if (dialBack?.reached === true) return [];
  const code = closedCodes[reach.kind];
  if (code === undefined) return [];
  return [finding(code, 'info', 'router', {}, { text: reach.text, fix: reach.fix })];
}

function listenerFindings({ listenerProblem }: DoctorFacts): Finding[] {
  if (listenerProblem === null) return [];
  return [finding('listener-down', 'error', 'not_listening', {}, { text: listenerProblem })];
}

function certificateFindings({ certificate, now }: DoctorFacts): Finding[] {
  if (certificate === null) return [];
  const left = certificate.valid_until - now;
  if (left <= 0)
    return [
      finding(
        'certificate-expired',
        'error',
        'certificate_expired',
        {},
        { text: certificate.problem ?? said('finding.certificate_expired') },
      ),
    ];
  if (certificate.problem === null) return [];
  return [
    toldFinding('certificate-not-renewed', 'warning', {
      title: said(certificate.stands_in ? 'finding.stand_in_title' : 'finding.certificate_problem_title'),
      text: certificate.problem,
      fix: certificate.renewing,
    }),
  ];
}

/** Finds an address for people that doesn't lead here from this computer. From elsewhere it may all the same. */
function entranceFindings({ entrance, whereabouts }: DoctorFacts): Finding[] {
  const first = entrance.find(({ call }) => (call?.failures ?? 0) >= entranceFailuresMin);
  const problem = first === undefined ? null : entranceProblem(first, whereabouts);
  if (first === undefined || problem === null) return [];
  return [
    finding(
      'entrance-unreachable',
      'warning',
      'entrance',
      { url: first.url },
      {
        text: problem.text,
        fix: problem.fix,
        dependsOn: [
          'listener-down',
          'node-offline',
          'kept-name-outdated',
          'certificate-expired',
          'certificate-not-renewed',
        ],
      },
    ),
  ];
}

function nameFindings({ nameProblem }: DoctorFacts): Finding[] {
  if (nameProblem === null) return [];
  const { name, why } = nameProblem;
  const more = { text: why, dependsOn: ['node-offline'] } as const;
  return [finding('kept-name-outdated', 'warning', 'name', { name }, more)];
}

function networkFindings(facts: DoctorFacts): Finding[] {
  const found: Finding[] = [
    ...listenerFindings(facts),
    ...reachFindings(facts),
    ...certificateFindings(facts),
    ...nameFindings(facts),
    ...entranceFindings(facts),
  ];
  if (facts.wayIn === 'proxy-missing') found.push(finding('proxy-missing', 'warning', 'proxy'));
  if (facts.wayIn === 'address-port-differs')
    found.push(finding('address-port-differs', 'warning', 'port', { url: facts.publicUrl ?? '' }));
  if (isOffline(facts)) found.push(finding('node-offline', 'error', 'offline'));
  if (facts.publicUrl === null)
    found.push(finding('public-address-missing', 'info', 'no_address', {}, { dependsOn: reachCodes }));
  else if (facts.dialBack?.reached === false)
    found.push(
      finding(
        'public-address-unreachable',
        'warning',
        'not_reachable',
        { by: facts.called(facts.dialBack.by).server, url: facts.publicUrl, why: facts.dialBack.text },
        { dependsOn: ['listener-down', 'node-offline', 'certificate-expired', ...reachCodes] },
      ),
    );
  return found;
}

/** Silent peers prove nothing: their servers may all be asleep. Only this computer's own network can show it. */
function isOffline({ peers, onNetwork }: DoctorFacts): boolean {
  const active = peers.filter(({ state }) => state !== 'blocked' && state !== 'quarantined');
  const isSilent = active.length > 0 && active.every(({ state }) => state === 'unreachable');
  return isSilent && (!onNetwork || active.every(({ fails_here }) => fails_here));
}

/**
 * The one sentence about the node’s health: its worst root cause, with a number if there are several of a kind. A peer
 * that doesn't answer is the least of them, because the owner has nothing to do.
 */
export function healthOf(
  found: readonly Finding[],
  peers: readonly { readonly state: PeerState }[],
  called: DoctorFacts['called'],
): Unsaid<StatusView['health'], 'text'> {
  const paused = found.find(({ code }) => code === 'federation-paused');
  const first = (standing: Standing) => found.find((one) => standingOfFinding(one) === standing);
  const unanswered = found.find(({ code }) => code === 'peer-unreachable');
  const one = paused ?? first('broken') ?? first('needs') ?? unanswered;
  if (one === undefined) return quietHealth(found, peers, called);
  const { code, subject, title, text } = one;
  const same = found.filter((each) => each.code === code && standingOfFinding(each) !== null);
  const n = same.length;
  const why = { cause: code, subject: n > 1 ? null : subject };
  const name = subject === null ? '' : called(subject).server;
  const counted: Readonly<Partial<Record<FindingCode, Said>>> = {
    'peer-unreachable': waitingText(n, name),
    'peer-refusing': said('health.refuses', { n }),
    'peer-certificate-refused': said('health.certificate', { n, name }),
    'peer-key-expired': said('health.key_expired', { n }),
    'events-held': said('health.held', { n, name }),
  };
  const alone = subject === null ? text : said('plain.titled', { title, text });
  return { state: standingOfFinding(one) ?? 'ok', text: counted[code] ?? alone, ...why };
}

/** Describes a node with nothing wrong. If all who were connected have gone silent, messages wait. */
function quietHealth(
  found: readonly Finding[],
  peers: readonly { readonly state: PeerState }[],
  called: DoctorFacts['called'],
): Unsaid<StatusView['health'], 'text'> {
  const silent = found.filter(({ code }) => code === 'peer-silent');
  const isConnected = peers.some(({ state }) => state === 'ok' || state === 'waiting');
  if (silent.length === 0 || isConnected)
    return { state: 'ok', text: wellText(peers), cause: null, subject: null };
  const [only] = silent;
  const subject = silent.length === 1 ? (only?.subject ?? null) : null;
  const name = subject === null ? '' : called(subject).server;
  return { state: 'waiting', text: waitingText(silent.length, name), cause: 'peer-silent', subject };
}

const waitingText = (n: number, name: Value): Said =>
  n === 1 ? said('health.unanswered', { name }) : said('health.unreachable', { n });

function wellText(peers: readonly { readonly state: PeerState }[]): Said {
  const inState = (wanted: PeerState) => peers.filter(({ state }) => state === wanted).length;
  const [connected, waiting, silent] = [inState('ok'), inState('waiting'), inState('silent')];
  const quiet = silent === 0 ? null : said('health.silent', { n: silent });
  if (connected > 0) return sentences(said('health.connected', { n: connected }), quiet);
  if (waiting > 0) return said('health.waiting', { n: waiting });
  return peers.length === 0 ? said('health.no_peers') : sentences(said('health.none_connected'), quiet);
}
