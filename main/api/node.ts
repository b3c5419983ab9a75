import type { KeyView, StatusView, UserView, WorkView } from '../../shared/api/views/node-views.ts';
import type { PeerState } from '../../shared/api/views/peer-views.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import type { Activity } from '../activity.ts';
import type { ChangeSettings } from '../change-settings.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import type { ClockTrust } from '../clocks/clock-trust.ts';
import type { NodeConfig } from '../config.ts';
import { healthOf } from '../doctor/findings.ts';
import type { Survey, SurveyDeps, Surveyor } from '../doctor/survey.ts';
import type { Listeners } from '../http/listeners.ts';
import { fingerprint } from '../identity/fingerprint.ts';
import type { OwnKey } from '../identity/keyring.ts';
import { restoredAt } from '../identity/life.ts';
import { nameFixedBy } from '../identity/name-fixed.ts';
import type { OwnIdentity } from '../identity/own-identity.ts';
import { recoverySavedAt } from '../identity/recovery-file.ts';
import type { Snapshot } from '../measures.ts';
import type { RecoveryFile } from '../recovery/export.ts';
import type { Recovery } from '../recovery/recovery.ts';
import type { Settings } from '../settings.ts';
import { diskProblem, readable } from '../store/disk-watch.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import type { UserRow } from '../store/tables/user-store.ts';
import type { Certificates } from '../tls/certificates.ts';
import { baseUrl } from '../trust/discovery/endpoint.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Work, WorkItem } from '../work.ts';
import { pageOf, type SaidApi } from './answer.ts';

export interface StatusDeps extends SurveyDeps {
  readonly surveyor: Pick<Surveyor, 'survey'>;
  readonly config: Pick<NodeConfig, 'version' | 'dataDir' | 'listen' | 'control'>;
  readonly store: Parameters<typeof nameFixedBy>[0] &
    Tables<
      'events' | 'listings' | 'rooms' | 'users' | 'outbox' | 'meta' | 'peers' | 'recovery' | 'disk' | 'place'
    >;
  readonly listeners: Pick<Listeners, 'problem' | 'federationUrl'>;
  readonly certificates: Pick<Certificates, 'view' | 'mode'>;
  readonly clockOffsets: Pick<ClockOffsets, 'overall' | 'of'>;
  readonly recovery: Pick<Recovery, 'isUnfinished'>;
  readonly startedAt: number;
}

export interface NodeDeps extends StatusDeps {
  readonly directory: Pick<PeerDirectory, 'all' | 'standing' | 'reachedAt'>;
  readonly ownIdentity: OwnIdentity;
  readonly recoveryFile: RecoveryFile;
  readonly activity: Pick<Activity, 'view'>;
  readonly work: Pick<Work, 'items' | 'cancel'>;
}

export function nodeApi(deps: NodeDeps) {
  const { ownIdentity, recoveryFile, store } = deps;
  return {
    async status() {
      return statusView(deps);
    },
    async setUp(input) {
      await ownIdentity.setUp({
        serverName: input.server_name,
        domain: input.domain ?? input.server_name,
        owner: input.owner,
        displayName: input.display_name,
        publicUrl: input.public_url === undefined ? undefined : baseUrl(input.public_url),
      });
      return statusView(deps);
    },
    async rename(input) {
      await ownIdentity.rename({ serverName: input.server_name, domain: input.domain ?? input.server_name });
      return statusView(deps);
    },
    async activity(input) {
      return deps.activity.view(input.span);
    },
    async work() {
      return { items: deps.work.items().map(workView), next: null };
    },
    async cancelWork(input) {
      await deps.work.cancel(input.id);
      return { done: true };
    },
    async keys() {
      return { items: keyViews(deps), next: null };
    },
    async rotateKeys(input) {
      await ownIdentity.rotate((input.announce_seconds ?? 0) * 1000);
      return { items: keyViews(deps), next: null };
    },
    exportIdentity: (input) => recoveryFile.export(input.passphrase),
    async recoverIdentity(input) {
      await recoveryFile.open(input.text, input.passphrase);
      return statusView(deps);
    },
    async users(input) {
      const page = pageOf(store.users.users(), input, (user) => user.user_id);
      return { ...page, items: page.items.map((user) => userView(deps, user)) };
    },
    async addUser(input) {
      return userView(
        deps,
        await ownIdentity.addUser(input.localpart, input.display_name ?? input.localpart),
      );
    },
  } satisfies Partial<SaidApi>;
}

const workView = (item: WorkItem): Sayable<WorkView> => ({
  id: item.id,
  kind: item.kind,
  about: item.about,
  title: item.title,
  done: item.progress?.done ?? 0,
  total: item.progress?.total ?? null,
  text: item.progress?.text ?? '',
  started_at: item.startedAt,
  can_cancel: item.cancel !== undefined,
  lasting: item.isLong,
});

const userView = ({ store }: NodeDeps, user: UserRow): UserView => ({
  user_id: user.user_id,
  localpart: user.localpart,
  display_name: user.display_name,
  owner: store.users.owner()?.id === user.id,
  has_account: store.accounts.byUserId(user.user_id) !== undefined,
  listed: store.listings.isUserListed(user.user_id),
  created_at: user.created_at,
});

/** A peer has a key of ours if it read our keys since it was made, or accepted a call that the key signed. */
function hasSeen(
  directory: Pick<PeerDirectory, 'reachedAt'>,
  { server_name, keys_read_at, proved_key }: PeerRow,
  key: OwnKey,
  isActive: boolean,
): boolean {
  if ((keys_read_at ?? 0) >= key.createdAt || proved_key === key.keyId) return true;
  const signedIt = isActive && proved_key === null;
  return signedIt && (directory.reachedAt(server_name) ?? 0) > key.activeFrom;
}

function keyViews({ keyring, directory }: NodeDeps): KeyView[] {
  const active = keyring.active().keyId;
  return keyring.keys().map((key) => ({
    key_id: key.keyId,
    algorithm: 'ed25519',
    public_key: key.publicKey,
    valid_until: key.validUntil,
    created_at: key.createdAt,
    active: key.keyId === active,
    fingerprint: fingerprint(key.publicKey),
    seen_by: directory
      .all()
      .filter((peer) => hasSeen(directory, peer, key, key.keyId === active))
      .map((peer) => peer.server_name),
  }));
}

/** The status, before its messages are put into words. */
export function statusView(deps: StatusDeps, seen: Survey = deps.surveyor.survey()): Sayable<StatusView> {
  const { config, keyring, store, settings, clockOffsets, listeners, certificates } = deps;
  const setUp = keyring.isSetUp;
  const clockOffset = clockOffsets.overall();
  const states = Map.groupBy(seen.peers, (peer) => peer.state);
  const inState = (state: PeerState) => states.get(state)?.length ?? 0;
  const active = setUp ? keyring.active() : null;
  const activeKey = active && keyring.key(active.keyId);
  const home = setUp ? keyring.serverName : '';
  const rooms = readable(() => store.rooms.countByHome(home), { here: 0, elsewhere: 0 });
  const counted = {
    total: seen.peers.length,
    ok: inState('ok'),
    waiting: inState('waiting'),
    unreachable: inState('unreachable'),
    silent: inState('silent'),
  };
  return {
    version: config.version,
    set_up: setUp,
    server_name: setUp ? keyring.serverName : null,
    domain: setUp ? keyring.domain : null,
    name_fixed_by: readable(() => nameFixedBy(store, deps.clock.now()), null),
    public_url: settings.get().public_url,
    listener: {
      url: listeners.federationUrl,
      problem: listeners.problem,
      tls: certificates.mode,
      lacks_proxy: seen.findings.some(({ code }) => code === 'proxy-missing'),
      certificate: certificates.view,
    },
    reach: deps.reach.view(),
    active_key: activeKey
      ? {
          key_id: activeKey.keyId,
          valid_until: activeKey.validUntil,
          fingerprint: fingerprint(activeKey.publicKey),
        }
      : null,
    health: healthOf(seen.findings, seen.peers, seen.called),
    peers: { ...counted, blocked: inState('blocked'), quarantined: inState('quarantined') },
    outbox: seen.outbox,
    rooms: { homed: rooms.here, joined: rooms.elsewhere },
    events: readable(() => store.events.lastSeq(), 0),
    database: {
      engine: store.place.engine,
      place: store.place.name,
      problem: diskProblem(store.disk.trouble),
    },
    clock_offset_ms: typeof clockOffset === 'number' ? clockOffset : null,
    recovery_saved_at: readable(() => recoverySavedAt(store, keyring), null),
    recovery_lacks: seen.recoveryLacks.length,
    recovery_unfinished: deps.recovery.isUnfinished,
    restored_at: readable(() => restoredAt(store), null),
    started_at: deps.startedAt,
    now: deps.clock.now(),
  };
}

export interface SettingsDeps {
  readonly settings: Pick<Settings, 'get'>;
  readonly changeSettings: Pick<ChangeSettings, 'change'>;
  readonly certificates: Pick<Certificates, 'tryNow'>;
  readonly clockTrust: Pick<ClockTrust, 'accept'>;
}

export const settingsApi = ({ settings, changeSettings, certificates, clockTrust }: SettingsDeps) =>
  ({
    async settings() {
      return settings.get();
    },
    changeSettings: (input) => changeSettings.change(input),
    async retryCertificate() {
      certificates.tryNow();
      return { done: true };
    },
    async trustClock() {
      await clockTrust.accept();
      return { done: true };
    },
  }) satisfies Partial<SaidApi>;

/** Reads what `/metrics` shows of this moment. */
export function snapshotOf(deps: StatusDeps): Snapshot {
  const seen = deps.surveyor.survey();
  const status = statusView(deps, seen);
  const { store, clockOffsets, directory } = deps;
  const { now } = status;
  const { total: _, ...peers } = status.peers;
  return {
    version: deps.config.version,
    startedAt: status.started_at,
    eventsStored: status.events,
    keyValidSeconds: status.active_key ? (status.active_key.valid_until - now) / 1000 : 0,
    rooms: { here: status.rooms.homed, elsewhere: status.rooms.joined },
    peers,
    outbox: status.outbox,
    queues: seen.queues.map(({ destination, queued, retrying, parked }) => ({
      destination,
      waiting: queued + retrying + parked,
      oldestSeconds: ageOf(
        readable(() => store.outbox.oldest(destination), undefined),
        now,
      ),
    })),
    clocks: directory.all().flatMap(({ server_name: peer }) => {
      const offsetMs = clockOffsets.of(peer);
      return offsetMs === null ? [] : [{ peer, offsetSeconds: offsetMs / 1000 }];
    }),
  };
}

const ageOf = (at: number | undefined, now: number): number =>
  at === undefined ? 0 : Math.max(now - at, 0) / 1000;
