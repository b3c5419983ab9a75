import type { Api } from '../../shared/api/contract.ts';
import type { CheckStep, CheckView } from '../../shared/api/doctor-views.ts';
import type { HeldEventView, PeerView } from '../../shared/api/views.ts';
import { parseEnvelope } from '../../shared/protocol/envelope.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { meaningOf } from '../../shared/protocol/event-content.ts';
import { fingerprint } from '../identity/fingerprint.ts';
import type { DestinationSnapshot } from '../outbound/delivery/destination.ts';
import type { HeldRow } from '../store/tables/held-store.ts';
import type { DestinationCounts } from '../store/tables/outbox-store.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import { acceptedUntil, keyStanding } from '../trust/keys/key-validity.ts';
import type { Standing } from '../trust/peer-directory.ts';
import { type PeerVerdict, peerState } from '../trust/peer-state.ts';
import { decodeCursor, isNumber, limitOf, pageFrom, pageOf } from './page.ts';
import type { ApiParts } from './parts.ts';
import { kindOf } from './server-kind.ts';
import { unreadRooms } from './unread-rooms.ts';

type PeerApi = Pick<
  Api,
  | 'peers'
  | 'addPeer'
  | 'peer'
  | 'changePeer'
  | 'forgetPeer'
  | 'peerCheck'
  | 'checkPeer'
  | 'extendPeerKeys'
  | 'heldEvents'
  | 'releaseHeld'
  | 'discardHeld'
>;

export function peerApi(parts: ApiParts): PeerApi {
  const { peerAdmin, directory, store } = parts;
  return {
    async peers(input) {
      const page = pageOf(directory.all(), input, (peer) => peer.server_name);
      const view = peerViews(parts);
      return { ...page, items: page.items.map(view) };
    },
    async addPeer(input) {
      const peer = await peerAdmin.add({
        endpoint: input.endpoint,
        serverName: input.server_name,
        mode: input.mode,
      });
      return peerViews(parts)(peer);
    },
    async peer(input) {
      return peerViews(parts)(peerAdmin.required(input.server_name));
    },
    async changePeer({ server_name, ...change }) {
      return peerViews(parts)(await peerAdmin.change(server_name, change));
    },
    async forgetPeer(input) {
      await peerAdmin.forget(input.server_name);
      return { done: true };
    },
    async peerCheck(input) {
      return { check: parts.doctor.check(peerAdmin.required(input.server_name).server_name) };
    },
    async checkPeer(input) {
      return parts.doctor.checkPeer(peerAdmin.required(input.server_name));
    },
    async extendPeerKeys(input) {
      const peer = await peerAdmin.extendKeys(input.server_name);
      // What was refused meanwhile, for want of a valid key, is still there to be read.
      await parts.catchUp.readAgain(peer.server_name);
      parts.changes.publish({ topic: 'peer', server_name: peer.server_name });
      return peerViews(parts)(peer);
    },
    async heldEvents(input) {
      const limit = limitOf(input);
      const after = decodeCursor(input.cursor, isNumber) ?? 0;
      const { server_name } = peerAdmin.required(input.server_name);
      return pageFrom(store.held.page(server_name, after, limit + 1), limit, heldView, (row) => row.id);
    },
    releaseHeld: (input) =>
      release(parts, peerAdmin.required(input.server_name).server_name, input.event_ids),
    async discardHeld(input) {
      const { server_name } = peerAdmin.required(input.server_name);
      const chosen = chosenHeld(parts, server_name, input.event_ids);
      const now = parts.ports.clock.now();
      await store.writer.write(() => {
        for (const row of chosen) store.held.discard(row.event_id, now);
      });
      parts.changes.publish({ topic: 'held', server_name });
      return { discarded: chosen.length };
    },
  };
}

function chosenHeld(parts: ApiParts, server: string, eventIds: readonly string[] | undefined): HeldRow[] {
  const all = parts.store.held.page(server, 0, Number.MAX_SAFE_INTEGER);
  return eventIds === undefined ? all : all.filter((row) => eventIds.includes(row.event_id));
}

/** Each held event goes through the one door like any other, in the order it came, only past the quarantine. */
async function release(
  parts: ApiParts,
  server: string,
  eventIds: readonly string[] | undefined,
): Promise<{ released: number; refused: { event_id: string; message: string }[] }> {
  const { verifier, ingest, store, changes } = parts;
  const refused: { event_id: string; message: string }[] = [];
  let released = 0;
  for (const row of chosenHeld(parts, server, eventIds)) {
    try {
      const event = await verifier.verify(parseEnvelope(row.body), row.hop);
      const outcome = await ingest.ingest(event, { released: true });
      if (outcome.kind === 'refused') throw outcome.error;
      released++;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refused.push({ event_id: row.event_id, message: error.message });
      continue;
    }
    await store.writer.write(() => store.held.remove(row.event_id));
  }
  changes.publish({ topic: 'held', server_name: server });
  return { released, refused };
}

function heldView(row: HeldRow): HeldEventView {
  const meaning = meaningOf(parseEnvelope(row.body));
  return {
    event_id: row.event_id,
    room_id: row.room_id,
    event_type: row.event_type,
    sender: row.sender,
    origin_ts: row.origin_ts,
    received_at: row.received_at,
    // A message may consist of files alone.
    body: 'body' in meaning && meaning.body !== '' ? meaning.body : null,
  };
}

/** How a peer looks, for as many peers as are shown. */
export function peerViews(
  parts: ApiParts,
  outbox: readonly DestinationCounts[] = parts.store.outbox.counts(),
): (peer: PeerRow) => PeerView {
  const { directory, store, settings, delivery, clockOffsets, warnings } = parts;
  const held = store.held.counts();
  const counts = new Map(outbox.map((row) => [row.destination, row]));
  const unread = unreadRooms(parts);
  const links = new Map(delivery.snapshot().map((link) => [link.destination, link]));
  return (peer) => {
    const name = peer.server_name;
    const waiting = counts.get(name);
    const link = links.get(name);
    const { state, text } = stateOf(parts, peer, link);
    const unreadable = unread.filter(({ server }) => server === name);
    return {
      server_name: name,
      kind: kindOf(parts, name),
      domain: peer.domain,
      endpoint: peer.endpoint,
      mode: modes[directory.standing(name)],
      reason: peer.reason,
      until: peer.until,
      limits: {
        requests_per_minute: peer.requests_per_minute ?? settings.get().default_limits.requests_per_minute,
        burst: peer.burst ?? settings.get().default_limits.burst,
      },
      last_seen_at: directory.lastSeenAt(name),
      keys: directory.keysOf(name).map((key) => ({
        key_id: key.key_id,
        public_key: key.public_key,
        valid_until: key.valid_until,
        pinned: true,
        standing: keyStanding(key, parts.ports.clock.now()),
        extended_at: key.extended_at,
        extended_until: key.extended_until,
        fingerprint: fingerprint(key.public_key),
      })),
      state,
      state_text: state === 'ok' ? text + unreadText(unreadable) : text,
      tls_sha256: peer.tls_sha256,
      clock_offset_ms: clockOffsets.of(name),
      queued: waiting ? waiting.queued + waiting.retrying + waiting.parked : 0,
      held: held.get(name) ?? 0,
      unreadable_rooms: unreadable.length,
      warnings: warnings.of(name),
    };
  };
}

/** Says of a peer that is there what is wrong with reading its rooms. */
function unreadText(unread: readonly { readonly room: string; readonly reason: string }[]): string {
  return unread.map(({ room, reason }) => ` “${room}” cannot be read: it ${reason}.`).join('');
}

/** A block or quarantine ends when its time is over. */
const modes: Readonly<Record<Standing, PeerView['mode']>> = {
  allowed: 'allow',
  blocked: 'block',
  quarantined: 'quarantine',
  known: 'known',
  unknown: 'known',
};

/** Where the last check failed, unless the peer has answered since. Who did not know us then may have written since. */
function brokenStep(
  check: CheckView | null,
  reachedAt: number | null,
  heardAt: number | null,
): CheckStep | undefined {
  if (check === null || check.running || (reachedAt ?? 0) > check.at) return undefined;
  const failed = check.steps.find(({ result }) => result === 'failed');
  return failed?.step === 'signed-read' && (heardAt ?? 0) > check.at ? undefined : failed;
}

function stateOf(parts: ApiParts, peer: PeerRow, link: DestinationSnapshot | undefined): PeerVerdict {
  const { directory, doctor, ports, keyExtensions, contacts, settings } = parts;
  const name = peer.server_name;
  const heardAt = directory.lastSeenAt(name);
  const reachedAt = directory.reachedAt(name);
  const keys = directory.keysOf(name);
  const now = ports.clock.now();
  const isExpired = keys.length > 0 && keys.every((key) => acceptedUntil(key) < now);
  return peerState({
    now,
    paused: settings.get().paused,
    standing: directory.standing(name),
    reason: peer.reason,
    knownThrough: peer.known_through,
    hasAddress: peer.endpoint !== null,
    contact: contacts.of(name),
    heardAt,
    reachedAt,
    link: {
      isParked: link?.state === 'parked',
      failures: link?.consecutiveFailures ?? 0,
      lastError: link?.lastError ?? null,
    },
    broken: brokenStep(doctor.check(name), reachedAt, heardAt) ?? null,
    expired: isExpired
      ? { at: Math.max(...keys.map((key) => key.valid_until)), why: keyExtensions.why(peer) }
      : null,
  });
}
