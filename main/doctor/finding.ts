import manifest from '../../package.json' with { type: 'json' };
import type { Finding as FindingView } from '../../shared/api/views/doctor-views.ts';
import type { CertificateView } from '../../shared/api/views/node-views.ts';
import type { FindingCode } from '../../shared/protocol/reasons.ts';
import type { ArgsOf, Params } from '../../shared/words/messages.ts';
import type { NodeTexts, Said, Unsaid } from '../../shared/words/said.ts';
import type { wayInProblem } from '../addresses/way-in.ts';
import type { Consensus } from '../clocks/clock-refusal.ts';
import type { ClockDoubt } from '../clocks/clock-trust.ts';
import type { AddressFacts, HomeFacts } from '../people/entrance-addresses.ts';
import type { Verdict } from '../reach/verdict/verdict.ts';
import type { DiskTrouble } from '../store/disk-watch.ts';
import type { TwoTexts } from '../trust/conflict-log.ts';
import type { Called } from './called.ts';
import type { PeerCondition } from './peer-conditions.ts';

export type Finding = Unsaid<FindingView, 'title' | 'text' | 'fix'>;

/** The state of the node, for the doctor to judge. */
export interface DoctorFacts {
  readonly now: number;
  readonly setUp: boolean;
  /** The server that this database belongs to, if its identity is missing. */
  readonly identityMissing: string | null;
  readonly paused: boolean;
  readonly recoverySavedAt: number | null;
  /** Peers that the last recovery file doesn't have. */
  readonly recoveryLacks: readonly string[];
  /** The last event with our signature that we did not write, and which peer sent it. */
  readonly unwritten: { readonly by: string; readonly eventId: string } | null;
  /** Servers that signed two events with one ID. */
  readonly twoTexts: readonly Pick<TwoTexts, 'origin' | 'event_id'>[];
  /** Stored events that are damaged, and that no peer has returned. */
  readonly damagedEvents: number;
  /** Peers whose trust settings come from a backup and have not been confirmed. */
  readonly unconfirmed: number;
  readonly keyValidUntil: number | null;
  readonly publicUrl: string | null;
  /** Whether this computer has an address in any network. */
  readonly onNetwork: boolean;
  /** The reason why peers can't get in at the public address; null if they were seen to get in. */
  readonly wayIn: ReturnType<typeof wayInProblem>;
  /** The addresses where people log in, as called from this computer. */
  readonly entrance: readonly AddressFacts[];
  readonly whereabouts: HomeFacts;
  /** The kept name, and why its records may be out of date. */
  readonly nameProblem: { readonly name: string; readonly why: Said } | null;
  /** Why the node is not listening for peers. */
  readonly listenerProblem: Said | null;
  /** The peers' clocks minus ours, for all peers together. */
  readonly clockOffsetMs: Consensus;
  /** Why nothing can be stored. */
  readonly diskTrouble: DiskTrouble | null;
  /** Proof that our clock is wrong, so nothing is written. */
  readonly clockDoubt: ClockDoubt | null;
  /** The peers, without servers that we only know from others. */
  readonly peers: readonly Pick<
    PeerCondition,
    | 'server_name'
    | 'state'
    | 'state_text'
    | 'clock_offset_ms'
    | 'fails_here'
    | 'has_other_certificate'
    | 'address_taken_by'
    | 'held'
    | 'keys_expired'
    | 'forgets_us_at'
    | 'version_news'
    | 'unreadable'
    | 'full_rooms'
  >[];
  /** Names another server as people know it. */
  readonly called: (server: string) => Called;
  readonly deadLetters: number;
  /** Whether the router lets peers in. */
  readonly reach: Verdict;
  readonly certificate: Unsaid<
    Pick<CertificateView, 'valid_until' | 'problem' | 'renewing' | 'stands_in'>,
    'problem' | 'renewing'
  > | null;
  /** Servers that answered an invite under another key than the one they are known by. */
  readonly startedOver: ReadonlySet<string>;
  /** Peers that can't be notified of our address, so that their owners must change it. */
  readonly toTellByHand: ReadonlySet<string>;
  /** Peers that could not be notified of our address yet. */
  readonly untold: ReadonlySet<string>;
  /** A peer's answer when it was asked to call back. */
  readonly dialBack: { readonly reached: boolean; readonly by: string; readonly text: Said } | null;
}

interface Told {
  readonly title: Said;
  readonly text: Said;
  readonly fix: Said | null;
}

export interface More extends Partial<Told> {
  readonly subject?: string;
  /** Codes of possible causes, whether found or not. */
  readonly dependsOn?: readonly FindingCode[];
}

export const toldFinding = (
  code: FindingCode,
  severity: Finding['severity'],
  { title, text, fix, subject, dependsOn }: More & Told,
): Finding => ({
  code,
  subject: subject ?? null,
  severity,
  title,
  text,
  depends_on: [...(dependsOn ?? [])],
  fix,
  help: failurePage(code),
});

type Texts = NodeTexts['finding'];
/** The name of a finding in its catalog: `paused` has the messages `paused_title`, `paused` and `paused_fix`. */
export type FindingName = { [K in keyof Texts]: K extends `${infer N}_title` ? N : never }[keyof Texts];
type ArgsIf<K> = K extends keyof Texts ? ArgsOf<Texts[K]> : unknown;
type ArgsOfAll<N extends string> = ArgsIf<`${N}_title`> & ArgsIf<N> & ArgsIf<`${N}_fix`>;
/** The catalog has a title for each finding, but not always a text and a fix. */
type Lacking<N extends string> = (N extends keyof Texts ? unknown : { readonly text: Said }) &
  (`${N}_fix` extends keyof Texts ? unknown : Pick<Told, 'fix'>);
export type FindingArgs<N extends string> =
  unknown extends Lacking<N>
    ? keyof ArgsOfAll<N> extends never
      ? [params?: Record<never, never>, more?: More]
      : [params: ArgsOfAll<N>, more?: More]
    : [params: ArgsOfAll<N>, more: More & Lacking<N>];

/** Takes title, text and fix from the catalog, with the same parameters for all three, except those in `more`. */
export function finding<N extends FindingName>(
  code: FindingCode,
  severity: Finding['severity'],
  name: N,
  ...[params = {}, more = {}]: FindingArgs<N>
): Finding {
  const say = (end: string): Said => ({ code: `finding.${name}${end}`, params: params as Params });
  const { title = say('_title'), text = say(''), fix = say('_fix') } = more;
  return toldFinding(code, severity, { ...more, title, text, fix });
}

/** The fields of package.json that give the repository's address on the web. */
interface Manifest {
  readonly name?: string;
  readonly repository?: string | { readonly url: string };
}

/**
 * The page that explains a finding: its address if package.json names a repository on the web, otherwise its path in
 * the repository.
 */
export function failurePage(code: FindingCode, { repository }: Manifest = manifest): string {
  const path = `docs/failures/${code}.md`;
  const named = typeof repository === 'string' ? repository : repository?.url;
  const web = named?.replace(/^git\+/, '').replace(/\.git$/, '');
  return web?.startsWith('https://') ? `${web}/blob/HEAD/${path}` : path;
}
