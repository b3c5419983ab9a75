/** The condition of each peer: the one place that combines everything known about it. */

import type { PeerState } from '../../shared/api/views/peer-views.ts';
import type { Said } from '../../shared/words/said.ts';
import { failsHere, isAboutCertificate } from '../client/say-network-error.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import type { Standing, Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { CatchUp } from '../outbound/catch-up/catch-up.ts';
import type { Delivery, DestinationSnapshot } from '../outbound/delivery/delivery.ts';
import type { Settings } from '../settings.ts';
import type { Tables } from '../store/ports.ts';
import type { DestinationCounts } from '../store/tables/delivery/outbox-store.ts';
import type { KeyRow, PeerRow } from '../store/tables/peer-store.ts';
import type { Contacts } from '../trust/contact/contacts.ts';
import type { FormProbe } from '../trust/contact/form-probe.ts';
import {
  keyEndsSoonAt,
  mayHaveEnded,
  needsRegistering,
  usesDiscover,
  versionNews,
} from '../trust/contact/registration.ts';
import type { KeyExtensions } from '../trust/keys/key-extensions.ts';
import { acceptedUntil } from '../trust/keys/key-validity.ts';
import type { RoomShares } from '../trust/limits/room-shares.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { type PeerVerdict, peerState } from '../trust/peer-state.ts';
import type { CheckStep, CheckView, Doctor } from './doctor.ts';

/** A room that can't be read at a peer, by name; null is the peer's queue. */
export interface UnreadableRoom {
  readonly server: string;
  readonly room: string | null;
  readonly reason: Said;
}

export interface PeerCondition {
  readonly server_name: string;
  readonly peer: PeerRow;
  readonly standing: Standing;
  readonly state: PeerState;
  readonly state_text: Said;
  readonly last_seen_at: number | null;
  readonly clock_offset_ms: number | null;
  /** Whether the last call to it failed because of this computer's own network. */
  readonly fails_here: boolean;
  /** Whether it isn't called because of the certificate that is shown at its address. */
  readonly has_other_certificate: boolean;
  /** Another trusted server at its address, if it has another certificate there. */
  readonly address_taken_by: string | null;
  /** Whether none of its keys is accepted any more, not even extended ones. */
  readonly keys_expired: boolean;
  /** When our key may end there, if that is soon. */
  readonly forgets_us_at: number | null;
  readonly version_news: 'updated' | 'went_back' | null;
  /** Set while its admin has to register our active key, and how; null for a Paracord Node. */
  readonly register: 'pin' | 'discover' | null;
  readonly queued: number;
  readonly held: number;
  readonly unreadable: readonly UnreadableRoom[];
  /** The names of rooms of which it has sent as much as we store from one server. */
  readonly full_rooms: readonly string[];
}

interface Deps {
  readonly store: Tables<'rooms' | 'outbox' | 'held'>;
  readonly settings: Pick<Settings, 'get'>;
  readonly directory: PeerDirectory;
  readonly contacts: Pick<Contacts, 'of' | 'misdated'>;
  readonly formProbe: Pick<FormProbe, 'whyRefused'>;
  readonly keyring: Pick<Keyring, 'isSetUp' | 'active'>;
  readonly keyExtensions: Pick<KeyExtensions, 'why'>;
  readonly delivery: Pick<Delivery, 'snapshotOf'>;
  readonly catchUp: Pick<CatchUp, 'unreadable'>;
  readonly shares: Pick<RoomShares, 'full'>;
  readonly clockOffsets: Pick<ClockOffsets, 'of'>;
  readonly doctor: Pick<Doctor, 'check'>;
  readonly clock: Clock;
  readonly tell: Tell;
}

export class PeerConditions {
  readonly #deps: Deps;
  #told = new Map<string, string>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Collects once what concerns all peers. `outbox`: what waits for each peer, if the caller has it already. */
  look(
    outbox: readonly DestinationCounts[] = this.#deps.store.outbox.counts(),
  ): (peer: PeerRow) => PeerCondition {
    const { directory, store, delivery, contacts, clockOffsets, clock } = this.#deps;
    const held = store.held.counts();
    const counts = new Map(outbox.map((row) => [row.destination, row]));
    const full = Map.groupBy(this.#deps.shares.full(), ({ server }) => server);
    const unread = Map.groupBy(this.#unreadable(), ({ server }) => server);
    return (peer) => {
      const name = peer.server_name;
      const waiting = counts.get(name);
      const keys = directory.keysOf(name);
      const keys_expired = keys.length > 0 && keys.every((key) => acceptedUntil(key) < clock.now());
      const standing = directory.standing(name);
      const expired = keys_expired ? keys : null;
      const queued = waiting ? waiting.queued + waiting.retrying + waiting.parked : 0;
      // The last failed delivery is over if nothing waits any more: the peer fetched it, or it was given up.
      const link = queued > 0 ? delivery.snapshotOf(name) : undefined;
      const has_other_certificate = standing === 'allowed' && isAboutCertificate(contacts.of(name).error);
      const address_taken_by = has_other_certificate ? this.#takenBy(peer) : null;
      const { state, text } = this.#verdict(peer, standing, link, expired, address_taken_by);
      return {
        server_name: name,
        peer,
        standing,
        state,
        state_text: text,
        last_seen_at: directory.lastSeenAt(name),
        clock_offset_ms: contacts.misdated(name) ?? clockOffsets.of(name),
        fails_here: failsHere(contacts.of(name).error ?? link?.lastError ?? null),
        has_other_certificate,
        address_taken_by,
        keys_expired,
        ...this.#registration(peer, standing),
        queued,
        held: held.get(name) ?? 0,
        unreadable: unread.get(name) ?? [],
        full_rooms: (full.get(name) ?? []).map(({ room_id }) => this.#nameOf(room_id)),
      };
    };
  }

  #takenBy({ server_name: name, endpoint }: PeerRow): string | null {
    const { directory } = this.#deps;
    const there = directory
      .all()
      .find(
        (one) =>
          one.server_name !== name && one.endpoint === endpoint && directory.isAllowed(one.server_name),
      );
    return there?.server_name ?? null;
  }

  #registration(
    peer: PeerRow,
    standing: Standing,
  ): Pick<PeerCondition, 'forgets_us_at' | 'version_news' | 'register'> {
    const { directory, keyring, contacts, formProbe, clock } = this.#deps;
    const name = peer.server_name;
    const isOther = standing === 'allowed' && peer.endpoint !== null && directory.kindOf(name) === 'other';
    if (!isOther || !keyring.isSetUp) return { forgets_us_at: null, version_news: null, register: null };
    const now = clock.now();
    const isRefused = contacts.of(name).knowsUs === false;
    const how = usesDiscover(peer, formProbe.whyRefused(name)) ? 'discover' : 'pin';
    return {
      forgets_us_at: keyEndsSoonAt(peer, now),
      version_news: versionNews(peer, now),
      register: needsRegistering(peer, keyring.active().keyId, isRefused, now) ? how : null,
    };
  }

  /** Rooms and queues that can't be read, for all peers. */
  #unreadable(): UnreadableRoom[] {
    return this.#deps.catchUp.unreadable().map(({ server, roomId, reason }) => ({
      server,
      room: roomId === null ? null : this.#nameOf(roomId),
      reason,
    }));
  }

  #nameOf(roomId: string): string {
    return this.#deps.store.rooms.room(roomId)?.name ?? roomId;
  }

  /** Announces peers whose state changed since the last call. Nothing else reports that a peer went silent. */
  tellNews(): void {
    const look = this.look();
    const now = new Map(
      this.#deps.directory.all().map((peer) => {
        const { state, state_text, unreadable: unread, full_rooms: full } = look(peer);
        return [peer.server_name, JSON.stringify([state, state_text, unread, full])];
      }),
    );
    for (const [server, words] of now)
      if ((this.#told.get(server) ?? words) !== words) this.#deps.tell({ fact: 'peer-changed', server });
    this.#told = now;
  }

  /** `expired`: its keys, if none of them is accepted any more. */
  #verdict(
    peer: PeerRow,
    standing: Standing,
    link: DestinationSnapshot | undefined,
    expired: readonly KeyRow[] | null,
    addressTakenBy: string | null,
  ): PeerVerdict {
    const { directory, doctor, clock, keyExtensions, contacts, formProbe, settings } = this.#deps;
    const name = peer.server_name;
    const heardAt = directory.lastSeenAt(name);
    const reachedAt = directory.reachedAt(name);
    return peerState({
      now: clock.now(),
      paused: settings.get().paused,
      standing,
      reason: peer.reason,
      knownThrough: peer.known_through,
      hasAddress: peer.endpoint !== null,
      contact: contacts.of(name),
      addressTakenBy,
      misdatedMs: contacts.misdated(name),
      refused: formProbe.whyRefused(name),
      addressedAs: peer.destination ?? name,
      keyMayHaveEnded: mayHaveEnded(peer, clock.now()),
      heardAt,
      reachedAt,
      link: {
        isParked: link?.state === 'parked',
        failures: link?.consecutiveFailures ?? 0,
        lastError: link?.lastError ?? null,
      },
      broken: brokenStep(doctor.check(name), heardAt) ?? null,
      expired: expired && {
        at: Math.max(...expired.map((key) => key.valid_until)),
        why: keyExtensions.why(peer),
      },
    });
  }
}

type FailedStep = CheckStep & { readonly text: Said };

/** Finds the step at which the last check failed. A peer that did not know us then may have sent something since. */
function brokenStep(check: CheckView | null, heardAt: number | null): FailedStep | undefined {
  if (check === null || check.running) return undefined;
  const failed = check.steps.find((step): step is FailedStep => step.result === 'failed');
  return failed?.step === 'signed-read' && (heardAt ?? 0) > check.at ? undefined : failed;
}
