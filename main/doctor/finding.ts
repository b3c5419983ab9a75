import type { Finding } from '../../shared/api/doctor-views.ts';
import type { ReachVerdict } from '../../shared/api/reach-views.ts';
import type { CertificateView } from '../../shared/api/views.ts';
import type { FindingCode } from '../../shared/protocol/reasons.ts';
import type { Consensus } from '../clocks/clock-refusal.ts';
import { failurePage } from './failure-page.ts';
import type { PeerCondition, UnreadRoom } from './peer-conditions.ts';

/** The node as it stands, for whoever judges it. */
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
    PeerCondition,
    'server_name' | 'state' | 'state_text' | 'clock_offset_ms' | 'held' | 'keys_expired'
  >[];
  readonly deadLetters: number;
  /** What the router lets through, in the words of whoever asked it. */
  readonly reach: ReachVerdict;
  readonly certificate: Pick<CertificateView, 'valid_until' | 'problem' | 'renewing'> | null;
  /** Peers that cannot be told our address, so that their owners must be. */
  readonly toTellByHand: readonly string[];
  /** Peers that could not be told our address yet. */
  readonly untold: readonly string[];
  /** Rooms that could not be read at a peer three times in a row; `reason` follows the peer's name. */
  readonly unread: readonly UnreadRoom[];
  /** What peers said when they were asked to call back. */
  readonly dialBack: { readonly reached: boolean; readonly by: string; readonly text: string } | null;
}

export interface More {
  readonly fix: string | null;
  readonly subject?: string;
  readonly dependsOn?: readonly FindingCode[];
}

/** `dependsOn`: codes of what would cause it, whether found or not. */
export const finding = (
  code: FindingCode,
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
  help: failurePage(code),
});

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
