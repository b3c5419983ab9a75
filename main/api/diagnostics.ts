import { arch, availableParallelism, freemem, platform, release, totalmem } from 'node:os';
import { inWords } from '../../shared/words/in-words.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { wordsIn } from '../../shared/words/words.ts';
import type { ChangeFeed } from '../changes.ts';
import type { Doctor } from '../doctor/doctor.ts';
import type { Surveyor } from '../doctor/survey.ts';
import { homeFolder } from '../kernel/home-folder.ts';
import { currentSchema } from '../store/migrations/index.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { SaidApi } from './answer.ts';
import { attemptView } from './delivery-view.ts';
import { type StatusDeps, statusView } from './node.ts';
import { destinationViews, type OutboxViewDeps } from './outbox.ts';
import { type PeerViewDeps, type peerView, peerViews } from './peers.ts';

const attemptsShown = 200;
const noticesShown = 100;

export interface DiagnosticsDeps extends StatusDeps, OutboxViewDeps, PeerViewDeps {
  readonly store: Tables<
    | 'accounts'
    | 'acceptances'
    | 'peerInvites'
    | 'tokens'
    | 'peopleLinks'
    | 'attempts'
    | 'events'
    | 'listings'
    | 'rooms'
    | 'users'
    | 'outbox'
    | 'receipts'
    | 'meta'
    | 'peers'
    | 'recovery'
    | 'disk'
    | 'place'
  >;
  readonly directory: PeerDirectory;
  readonly changes: ChangeFeed;
}

export const diagnosticsApi = (deps: DiagnosticsDeps) =>
  ({
    async diagnostics() {
      return diagnosticsFile(deps);
    },
  }) satisfies Partial<SaidApi>;

/**
 * The state of the node in one text. Settings, status, outbox and notices follow the API; everything else is selected
 * by name, so nothing more can slip in. Texts of peers and certificate authorities are left out too, because a refusal
 * may quote private data.
 */
function diagnosticsFile(deps: DiagnosticsDeps): { file_name: string; text: string } {
  const words = wordsIn('en');
  const { config, keyring, store, settings, directory, changes, clock } = deps;
  const now = clock.now();
  const status = statusView(deps);
  const notices = recentNotices(changes);
  const bundle = {
    note: words.say(said('control.diagnostics_note')),
    made_at: new Date(now).toISOString(),
    version: config.version,
    schema: currentSchema,
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
    status: { ...status, database: { ...status.database, place: withoutHome(store.place.name) } },
    peers: directory.all().map(peerViews(deps)).map(peerSummary),
    outbox: destinationViews(deps),
    recent_attempts: store.attempts.recent(attemptsShown).map((attempt) => ({
      ...attemptView(attempt),
      event_id: store.events.bySeq(attempt.event_seq)?.event_id ?? null,
    })),
    recent_notices: notices,
  };
  const name = keyring.isSetUp ? keyring.serverName.replace(/[^a-z0-9.-]/g, '_') : 'paracord-node';
  const day = new Date(now).toISOString().slice(0, 10);
  return {
    file_name: `${name}-diagnostics-${day}.json`,
    text: `${JSON.stringify(inWords(words, unquoted(bundle)), null, 2)}\n`,
  };
}

const peerSummary = (peer: ReturnType<typeof peerView>) => ({
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

/** Recent notices to the owner that are still in memory. */
function recentNotices(changes: ChangeFeed): { at: number; level: string; text: Said }[] {
  const kept = changes.since(changes.epoch, Math.max(0, changes.lastId - 1000));
  if (kept === 'resync') return [];
  return kept
    .flatMap(({ at, change }) =>
      change.topic === 'notice' ? [{ at, level: change.level, text: change.said }] : [],
    )
    .slice(-noticesShown);
}

/**
 * Leaves out quotes of peers and authorities, which are the argument `quote` of a message. Versions before catalogs put
 * them at the end of the text.
 */
function unquoted(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/; it says: ".*"/s, ' (left out)').replace(/ It says: “.*”/s, ' (left out)');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(unquoted);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      name === 'quote' ? said('control.left_out') : unquoted(each),
    ]),
  );
}

/** The home folder usually contains the user's name. */
const withoutHome = (path: string): string => {
  const home = homeFolder();
  return home !== null && path.startsWith(home) ? `~${path.slice(home.length)}` : path;
};

export interface DoctorDeps {
  readonly surveyor: Pick<Surveyor, 'survey'>;
  readonly doctor: Pick<Doctor, 'view' | 'run' | 'lastDialBack'>;
}

export function doctorApi(deps: DoctorDeps) {
  const view = () => ({ findings: deps.surveyor.survey().findings, self: deps.doctor.view() });
  return {
    async doctor() {
      return view();
    },
    async runDoctor() {
      await deps.doctor.run();
      return view();
    },
  } satisfies Partial<SaidApi>;
}
