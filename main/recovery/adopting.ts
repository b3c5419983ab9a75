import { parseRoomId, parseUserId, userId } from '../../shared/protocol/identifiers.ts';
import { provenKeys } from '../../shared/protocol/key-chain.ts';
import { verifySignature } from '../crypto/ed25519.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { EventVerifier } from '../events/verify.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { OwnIdentity } from '../identity/own-identity.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { Find } from '../store/tables/recovery-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { type RecallAnswer, signedByUs } from './asking.ts';
import { judgeRoom, type RoomVerdict } from './judge.ts';

/** The most unproven claims of one peer that are listed, because making up more costs it nothing. */
const unprovenMax = 200;

interface AdoptingDeps {
  readonly store: Tables<'rooms' | 'users' | 'recovery' | 'writer'>;
  readonly keyring: Keyring;
  readonly ownIdentity: Pick<OwnIdentity, 'takeBack'>;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly verifier: EventVerifier;
  readonly clock: Clock;
}

/** A room that is here again, and where to read it. */
export interface AdoptedRoom {
  readonly roomId: string;
  readonly readAt: string;
}

/** Restores what our own signatures prove of a peer's claims, and lists the rest. */
export class Adopting {
  readonly #deps: AdoptingDeps;

  constructor(deps: AdoptingDeps) {
    this.#deps = deps;
  }

  /** True if a later key of ours was restored: it may prove what other peers said before. */
  async keys(peer: string, { keys }: RecallAnswer): Promise<boolean> {
    const { keyring, ownIdentity, store } = this.#deps;
    const held = new Map(keyring.published().map((key) => [key.key_id, key.public_key]));
    const proven = provenKeys(keyring.serverName, held, keys, verifySignature);
    if (proven.length > 0) await ownIdentity.takeBack(proven);
    const ours = new Set(keyring.published().map((key) => key.public_key));
    const find = (id: string, outcome: Find['outcome']): Find => ({
      kind: 'key',
      id,
      outcome,
      told_by: peer,
    });
    const lost = keys.filter((key) => !ours.has(key.public_key)).slice(0, this.#room(peer));
    const finds = [
      ...proven.map((key) => find(key.public_key, 'recovered')),
      ...lost.map((key) => find(key.public_key, 'lost')),
    ];
    await store.writer.write(() => {
      for (const each of finds) store.recovery.put(each);
    });
    return proven.length > 0;
  }

  /** The rooms that were restored, and what has to be read. */
  async rooms(peer: string, { rooms }: RecallAnswer): Promise<AdoptedRoom[]> {
    const { verifier, keyring, directory, registry } = this.#deps;
    const adopted: AdoptedRoom[] = [];
    for (const room of rooms) {
      const { roomId } = room;
      const isKnown = registry.get(roomId) !== undefined;
      const proofs = isKnown ? [] : await signedByUs({ verifier, keyring }, room, peer);
      const home = directory.serverOf(parseRoomId(roomId).server);
      const verdict = judgeRoom(
        {
          roomId,
          isKnown,
          home,
          isOurs: home === keyring.serverName,
          isHomeAllowed: directory.isAllowed(home),
          signed: proofs.map(({ envelope, meaning }) => ({
            roomId: envelope.room_id,
            sender: envelope.sender,
            originTs: envelope.origin_ts,
            meaning,
          })),
        },
        userId('_home', keyring.domain),
      );
      if (await this.#take(peer, roomId, verdict))
        adopted.push({ roomId, readAt: verdict.kind === 'member' ? verdict.home : peer });
    }
    return adopted;
  }

  /** A user of ours, proven by an event that we signed. */
  async user(user: string, peer: string): Promise<void> {
    const { store, keyring } = this.#deps;
    if (store.users.byUserId(user) || user === userId('_home', keyring.domain)) return;
    await store.writer.write(() => this.#addUser(user, peer));
  }

  #addUser(user: string, peer: string): void {
    const { store, clock, keyring } = this.#deps;
    const { localpart, server } = parseUserId(user);
    if (server !== keyring.domain || store.users.byUserId(user)) return;
    store.users.add({ user_id: user, localpart, display_name: localpart, created_at: clock.now() });
    store.recovery.put({ kind: 'user', id: user, outcome: 'recovered', told_by: peer });
  }

  /** Saves the verdict on a claim. True if the room is here now. */
  async #take(peer: string, roomId: string, verdict: RoomVerdict): Promise<boolean> {
    const { store, registry, keyring } = this.#deps;
    if (verdict.kind === 'known') return false;
    const isAdopted = verdict.kind === 'home' || verdict.kind === 'member';
    if (!isAdopted && this.#room(peer) === 0) return false;
    await store.writer.write(() => {
      const outcome = isAdopted ? 'recovered' : verdict.kind;
      store.recovery.put({ kind: 'room', id: roomId, outcome, told_by: peer });
      if (!isAdopted) return;
      store.rooms.insert({
        room_id: roomId,
        home: verdict.kind === 'home' ? keyring.serverName : verdict.home,
        name: verdict.kind === 'home' ? verdict.name : roomId,
        join_rule: verdict.kind === 'home' ? verdict.joinRule : 'invite',
        created_at: verdict.createdAt,
      });
      if (verdict.kind === 'home') store.rooms.setAnnounces(roomId, true);
      else
        for (const user of verdict.users) {
          this.#addUser(user, peer);
          // The join counts as one whose answer was lost: reading the room at its home shows if the user is still in.
          store.rooms.addPendingJoin(roomId, user);
        }
    });
    registry.forget(roomId);
    return isAdopted;
  }

  /** How many more unproven claims of this peer may be listed. */
  #room(peer: string): number {
    const listed = this.#deps.store.recovery
      .finds()
      .filter(({ told_by, outcome }) => told_by === peer && outcome !== 'recovered').length;
    return Math.max(0, unprovenMax - listed);
  }
}
