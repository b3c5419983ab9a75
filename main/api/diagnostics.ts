import { arch, availableParallelism, freemem, homedir, platform, release, totalmem } from 'node:os';
import type { Api } from '../../shared/api/contract.ts';
import type { PeerView } from '../../shared/api/views.ts';
import type { ChangeFeed } from '../changes.ts';
import { migrations } from '../store/migrations/index.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { type StatusParts, statusView } from './node.ts';
import { destinationViews, type OutboxViewParts } from './outbox.ts';
import { type PeerViewParts, peerViews } from './peers.ts';

const attemptsShown = 200;
const noticesShown = 100;
const note =
  'Made for whoever helps with this node. It holds server names, addresses, user and room counts and what went wrong; no keys, tokens, passphrases or messages.';

export interface DiagnosticsParts extends StatusParts, OutboxViewParts, PeerViewParts {
  readonly store: Tables<'events' | 'rooms' | 'users' | 'outbox' | 'receipts' | 'meta'>;
  readonly directory: PeerDirectory;
  readonly changes: ChangeFeed;
}

export const diagnosticsApi = (parts: DiagnosticsParts): Pick<Api, 'diagnostics'> => ({
  async diagnostics() {
    return diagnosticsFile(parts);
  },
});

/**
 * How the node is, in one text. Everything in it is chosen by name: what is not listed here is not in it. What peers
 * and authorities wrote is left out too, for whoever refuses something may quote it.
 */
function diagnosticsFile(parts: DiagnosticsParts): { file_name: string; text: string } {
  const { config, store, settings, directory, changes, clock } = parts;
  const now = clock.now();
  const status = statusView(parts);
  const notices = recentNotices(changes);
  const bundle = {
    note,
    made_at: new Date(now).toISOString(),
    version: config.version,
    schema: migrations.length,
    platform: {
      system: platform(),
      release: release(),
      arch: arch(),
      node: process.versions.node,
      electron: process.versions.electron ?? null,
      processors: availableParallelism(),
      memory_bytes: totalmem(),
      memory_free_bytes: freemem(),
      resident_bytes: process.memoryUsage.rss(),
    },
    config: {
      data_dir: withoutHome(config.dataDir),
      listen: config.listen,
      control: config.control,
    },
    settings: { ...settings.get(), tls: settings.get().tls.mode },
    status,
    peers: directory.all().map(peerViews(parts)).map(peerSummary),
    outbox: destinationViews(parts),
    recent_attempts: store.outbox.recentAttempts(attemptsShown).map((attempt) => ({
      at: attempt.at,
      destination: attempt.destination,
      event_id: store.events.bySeq(attempt.event_seq)?.event_id ?? null,
      status: attempt.status,
      outcome: attempt.outcome,
      error: attempt.error,
      latency_ms: attempt.latency_ms,
    })),
    recent_notices: notices,
  };
  const name = status.server_name?.replace(/[^a-z0-9.-]/g, '_') ?? 'paracord-node';
  const day = new Date(now).toISOString().slice(0, 10);
  return {
    file_name: `${name}-diagnostics-${day}.json`,
    text: `${JSON.stringify(bundle, unquoted, 2)}\n`,
  };
}

const peerSummary = (peer: PeerView) => ({
  server_name: peer.server_name,
  domain: peer.domain,
  endpoint: peer.endpoint,
  mode: peer.mode,
  reason: peer.reason,
  until: peer.until,
  limits: peer.limits,
  last_seen_at: peer.last_seen_at,
  keys: peer.keys.map(({ key_id, valid_until }) => ({ key_id, valid_until })),
  state: peer.state,
  state_text: peer.state_text,
  certificate_pinned: peer.tls_sha256 !== null,
  clock_offset_ms: peer.clock_offset_ms,
  queued: peer.queued,
  held: peer.held,
  warnings: peer.warnings,
});

/** What the owner was told lately, as far as it is still remembered. */
function recentNotices(changes: ChangeFeed): { at: number; level: string; text: string }[] {
  const kept = changes.since(changes.epoch, Math.max(0, changes.lastId - 1000));
  if (kept === 'resync') return [];
  return kept
    .flatMap(({ at, change }) =>
      change.topic === 'notice' ? [{ at, level: change.level, text: change.text }] : [],
    )
    .slice(-noticesShown);
}

/**
 * Wherever it stands: `outbound/delivery/reason.ts` quotes what peers say at the end of a sentence,
 * `tls/acme/problems.ts` what an authority says, which may be the mail address it was given.
 */
const unquoted = (_: string, value: unknown): unknown =>
  typeof value === 'string'
    ? value
        .replace(/; it says: ".*"/s, '; it says something (left out)')
        .replace(/ It says: “.*”/s, ' It says something (left out).')
    : value;

/** A home folder is named after a person. */
const withoutHome = (path: string): string => {
  const home = homedir();
  return home !== '' && path.startsWith(home) ? `~${path.slice(home.length)}` : path;
};
