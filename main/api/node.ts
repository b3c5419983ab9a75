import type { KeyView, StatusView, UserView } from '../../shared/api/views.ts';
import { userId } from '../../shared/protocol/identifiers.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { healthOf } from '../doctor/health.ts';
import { fingerprint } from '../identity/fingerprint.ts';
import { restoredAt } from '../identity/life.ts';
import { recoverySavedAt } from '../identity/recovery.ts';
import type { UserRow } from '../store/tables/user-store.ts';
import { baseUrl } from '../trust/endpoint.ts';
import { currentFindings } from './doctor.ts';
import { pageOf } from './page.ts';
import type { ApiParts } from './parts.ts';
import type { SaidApi } from './said-api.ts';
import { survey } from './survey.ts';

type NodeApi = Pick<
  SaidApi,
  'status' | 'setUp' | 'activity' | 'makeLoginLink' | 'keys' | 'rotateKeys' | 'users' | 'addUser'
>;

export function nodeApi(parts: ApiParts): NodeApi {
  const { keyring, store, settings, changes } = parts;
  return {
    async status() {
      return statusView(parts);
    },
    async setUp(input) {
      const publicUrl = input.public_url === undefined ? undefined : baseUrl(input.public_url);
      keyring.setUp(input.server_name, input.domain ?? input.server_name);
      await recordOwnKeys(parts);
      if (store.users.users().length === 0) await addUser(parts, input.owner, input.owner);
      if (publicUrl !== undefined) await settings.change({ public_url: publicUrl });
      changes.publish({ topic: 'settings' });
      return statusView(parts);
    },
    async activity(input) {
      return parts.activity.view(input.span);
    },
    async makeLoginLink() {
      const { code, expiresAt } = parts.logins.makeCode();
      return { url: `${parts.consoleUrl()}/#/login/${code}`, expires_at: expiresAt };
    },
    async keys() {
      return { items: keyViews(parts), next: null };
    },
    async rotateKeys(input) {
      keyring.rotate((input.announce_seconds ?? 0) * 1000);
      await recordOwnKeys(parts);
      changes.publish({ topic: 'keys' });
      return { items: keyViews(parts), next: null };
    },
    async users(input) {
      const page = pageOf(store.users.users(), input, (user) => user.user_id);
      return { ...page, items: page.items.map((user) => userView(parts, user)) };
    },
    async addUser(input) {
      const id = userId(input.localpart, keyring.domain);
      if (store.users.byUserId(id)) throw refusal('BAD_REQUEST', said('control.user_exists', { user: id }));
      await addUser(parts, input.localpart, input.display_name ?? input.localpart);
      changes.publish({ topic: 'settings' });
      return userView(parts, store.users.byUserId(id) as UserRow);
    },
  };
}

/** The id has to be a new one. */
export function addUser(
  { store, keyring, ports }: ApiParts,
  localpart: string,
  displayName: string,
): Promise<void> {
  const user = {
    user_id: userId(localpart, keyring.domain),
    localpart,
    display_name: displayName,
    created_at: ports.clock.now(),
  };
  return store.writer.write(() => store.users.add(user));
}

/** Our public keys stand beside everybody else's, so that the table tells the whole story. */
export function recordOwnKeys({ keyring, store }: Pick<ApiParts, 'keyring' | 'store'>): Promise<void> {
  return store.writer.write(() => {
    for (const key of keyring.keys())
      store.peers.putKey({
        server_name: keyring.serverName,
        key_id: key.keyId,
        public_key: key.publicKey,
        valid_until: key.validUntil,
        source: 'own',
        first_seen_at: key.createdAt,
        extended_at: null,
        extended_until: null,
      });
  });
}

const userView = ({ store }: ApiParts, user: UserRow): UserView => ({
  user_id: user.user_id,
  localpart: user.localpart,
  display_name: user.display_name,
  owner: store.users.users()[0]?.id === user.id,
  created_at: user.created_at,
});

function keyViews({ keyring, directory }: ApiParts): KeyView[] {
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
      .filter((peer) => (peer.keys_read_at ?? 0) >= key.createdAt)
      .map((peer) => peer.server_name),
  }));
}

/** The status, whose texts are no sentences yet. */
export function statusView(parts: ApiParts): Sayable<StatusView> {
  const { config, keyring, store, settings, clockOffsets, ports } = parts;
  const setUp = keyring.isSetUp;
  const clock = clockOffsets.overall();
  const seen = survey(parts);
  const inState = (state: string) => seen.peers.filter((peer) => peer.state === state).length;
  const rooms = store.rooms.rooms();
  const active = setUp ? keyring.active() : null;
  const activeKey = active && keyring.key(active.keyId);
  const homed = setUp ? rooms.filter((room) => room.home === keyring.serverName).length : 0;
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
    public_url: settings.get().public_url,
    listener: parts.listener(),
    reach: parts.reach.view(),
    active_key: activeKey
      ? {
          key_id: activeKey.keyId,
          valid_until: activeKey.validUntil,
          fingerprint: fingerprint(activeKey.publicKey),
        }
      : null,
    health: healthOf(currentFindings(parts, seen), seen.peers),
    peers: { ...counted, blocked: inState('blocked'), quarantined: inState('quarantined') },
    outbox: seen.outbox,
    rooms: { homed, joined: rooms.length - homed },
    events: store.events.lastSeq(),
    clock_offset_ms: typeof clock === 'number' ? clock : null,
    recovery_saved_at: recoverySavedAt(store, keyring),
    restored_at: restoredAt(store),
    started_at: parts.startedAt,
    now: ports.clock.now(),
  };
}
