import type { AdminRequest, HeldEventView, PeerView } from '../../shared/api/views/peer-views.ts';
import { normalizeEndpoint } from '../../shared/protocol/endpoint.ts';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import { type Said, said, sentences, type Unsaid } from '../../shared/words/said.ts';
import type { Doctor } from '../doctor/doctor.ts';
import type { PeerConditions, UnreadableRoom } from '../doctor/peer-conditions.ts';
import type { HeldEvents } from '../events/held-events.ts';
import { readStored } from '../events/projection/stored.ts';
import type { Standing } from '../facts.ts';
import type { Listeners } from '../http/listeners.ts';
import { fingerprint } from '../identity/fingerprint.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Reach } from '../reach/reach.ts';
import type { Settings } from '../settings.ts';
import type { Tables } from '../store/ports.ts';
import type { KeyRow, PeerRow } from '../store/tables/peer-store.ts';
import type { HeldRow } from '../store/tables/rooms/held-store.ts';
import { adminRequestOf } from '../trust/contact/registration.ts';
import { acceptedUntil, keyStanding } from '../trust/keys/key-validity.ts';
import { rateOf } from '../trust/limits/rate-limiter.ts';
import { serverWarnings } from '../trust/misleading-names.ts';
import type { PeerAdmin } from '../trust/peer-admin.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Warnings } from '../trust/warnings.ts';
import { decodeCursor, isNumber, limitOf, pageFrom, pageOf, type SaidApi } from './answer.ts';
import { misleadingAnywhere, nameWarning } from './people-names.ts';

export interface PeerViewDeps {
  readonly conditions: PeerConditions;
  readonly directory: PeerDirectory;
  readonly settings: Pick<Settings, 'get'>;
  readonly warnings: Pick<Warnings, 'of'>;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly reach: Pick<Reach, 'publicUrl' | 'view'>;
  readonly listeners: Pick<Listeners, 'problem' | 'federationUrl'>;
}

export interface PeerDeps extends PeerViewDeps {
  readonly peerAdmin: PeerAdmin;
  readonly doctor: Pick<Doctor, 'check' | 'checkPeer'>;
  readonly heldEvents: HeldEvents;
  readonly store: Tables<'held' | 'rooms' | 'users'>;
}

export function peerApi(deps: PeerDeps) {
  const { peerAdmin, directory, doctor, heldEvents, store } = deps;
  const nameOf = (input: { readonly server_name: string }) =>
    peerAdmin.required(input.server_name).server_name;
  return {
    async peers(input) {
      const page = pageOf(directory.all(), input, (peer) => peer.server_name);
      return { ...page, items: page.items.map(peerViews(deps)) };
    },
    async addPeer(input) {
      const { endpoint, server_name: serverName, mode, key } = input;
      return peerView(deps, await peerAdmin.add({ endpoint, serverName, mode, key }));
    },
    async peer(input) {
      return peerView(deps, peerAdmin.required(input.server_name));
    },
    async changePeer({ server_name, ...change }) {
      return peerView(deps, await peerAdmin.change(server_name, change));
    },
    async forgetPeer(input) {
      await peerAdmin.forget(input.server_name);
      return { done: true };
    },
    async peerCheck(input) {
      return { check: doctor.check(nameOf(input)) };
    },
    async checkPeer(input) {
      return doctor.checkPeer(peerAdmin.required(input.server_name));
    },
    async extendPeerKeys(input) {
      return peerView(deps, await peerAdmin.extendKeys(input.server_name));
    },
    async heldEvents(input) {
      const limit = limitOf(input);
      const after = decodeCursor(input.cursor, isNumber) ?? 0;
      return pageFrom(
        store.held.page(nameOf(input), after, limit + 1),
        limit,
        heldViews(deps),
        (row) => row.id,
      );
    },
    async releaseHeld(input) {
      return heldEvents.release(nameOf(input), input.event_ids);
    },
    async discardHeld(input) {
      return { discarded: await heldEvents.discard(nameOf(input), input.event_ids) };
    },
  } satisfies Partial<SaidApi>;
}

const heldViews = ({ store }: Pick<PeerDeps, 'store'>): ((row: HeldRow) => Sayable<HeldEventView>) => {
  const misleading = misleadingAnywhere(store);
  return (row) => heldView(row, misleading(row.sender));
};

function heldView(row: HeldRow, warning: Said | null): Sayable<HeldEventView> {
  const { meaning } = readStored(row);
  return {
    event_id: row.event_id,
    room_id: row.room_id,
    event_type: row.event_type,
    sender: row.sender,
    ...nameWarning(warning),
    origin_ts: row.origin_ts,
    received_at: row.received_at,
    // A message may consist of files alone.
    body: 'body' in meaning && meaning.body !== '' ? meaning.body : null,
  };
}

/** A peer's view, before its messages are put into words. */
type SaidPeerView = Omit<Unsaid<PeerView, 'state_text'>, 'warnings'> & { readonly warnings: Said[] };

export const peerView = (deps: PeerViewDeps, peer: PeerRow): SaidPeerView => peerViews(deps)(peer);

/** Caches what concerns all peers while a list of them is made. */
export function peerViews(deps: PeerViewDeps): (peer: PeerRow) => SaidPeerView {
  const { conditions, directory, settings, warnings, clock, keyring } = deps;
  const look = conditions.look();
  const names = directory.all().map((known) => known.server_name);
  const misleading = serverWarnings(keyring.isSetUp ? [keyring.serverName, ...names] : names);
  return (peer) => {
    const name = peer.server_name;
    const condition = look(peer);
    const { state, state_text, unreadable: unread } = condition;
    return {
      server_name: name,
      kind: directory.kindOf(name),
      one_way: directory.isOneWay(name),
      domain: peer.domain,
      endpoint: peer.endpoint,
      mode: modes[condition.standing],
      reason: peer.reason,
      until: peer.until,
      limits: rateOf(peer, settings.get().default_limits),
      last_seen_at: condition.last_seen_at,
      keys: [...directory.keysOf(name), ...toldOf(directory, condition.standing, name)].map((key) => ({
        key_id: key.key_id,
        public_key: key.public_key,
        valid_until: key.ended_at === null ? key.valid_until : acceptedUntil(key),
        pinned: key.domain === null,
        standing: keyStanding(key, clock.now()),
        extended_at: key.extended_at,
        extended_until: key.extended_until,
        fingerprint: fingerprint(key.public_key),
      })),
      state,
      state_text: state === 'ok' ? sentences(state_text, ...unread.map(unreadText)) : state_text,
      tls_sha256: peer.tls_sha256,
      clock_offset_ms: condition.clock_offset_ms,
      queued: condition.queued,
      held: condition.held,
      unreadable_rooms: unread.filter((room) => room !== null).length,
      admin_request: condition.register && adminRequest(deps, condition.register === 'discover'),
      warnings: [misleading(name), ...warnings.of(name)].filter((warning) => warning !== null),
    };
  };
}

/** Null while this server has no address. */
function adminRequest({ keyring, reach, listeners }: PeerViewDeps, discover: boolean): AdminRequest | null {
  const address = reach.publicUrl ?? listeners.federationUrl;
  const { keyId, signer } = keyring.active();
  if (address === '') return null;
  const { serverName, domain } = keyring;
  const endpoint = normalizeEndpoint(address) + federationPrefix;
  return adminRequestOf({ serverName, domain, endpoint, keyId, publicKey: signer.publicKey }, discover);
}

/** A server that isn't a peer has only the keys that homes vouch for. */
const toldOf = (directory: PeerDirectory, standing: Standing, name: string): KeyRow[] =>
  standing === 'known' ? directory.toldKeys(name) : [];

/** Why a room, or the queue if `room` is null, can't be read at a peer. */
const unreadText = ({ room, reason }: UnreadableRoom): Said =>
  room === null
    ? said('peer.queue_unread', { why: reason })
    : said('peer.room_unread', { room, why: reason });

/** A block or quarantine ends when its time is up. */
const modes: Readonly<Record<Standing, PeerView['mode']>> = {
  allowed: 'allow',
  blocked: 'block',
  quarantined: 'quarantine',
  known: 'known',
  unknown: 'known',
};
