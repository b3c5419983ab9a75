import type { Envelope } from '../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../shared/protocol/events/event-content.ts';
import { parseUserId } from '../../shared/protocol/identifiers.ts';
import type { WireReason } from '../../shared/protocol/reasons.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Room } from './projection/room-permissions.ts';
import type { RoomWriter } from './projection/room-writer.ts';
import type { VerifiedEvent } from './verify.ts';

export interface RoomRulesDeps {
  readonly directory: PeerDirectory;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

/** Whether a room accepts an event: who may say what in it, and whether anyone here is in it. */
export class RoomRules {
  readonly #rooms: RoomWriter;
  readonly #deps: RoomRulesDeps;

  constructor(rooms: RoomWriter, deps: RoomRulesDeps) {
    this.#rooms = rooms;
    this.#deps = deps;
  }

  /**
   * The room rules. Returns the room, or null for an invite to a room we are not in yet, and its revocation. Throws
   * FORBIDDEN.
   */
  admit(event: VerifiedEvent): Room | null {
    const rooms = this.#rooms;
    const { keyring } = this.#deps;
    const { envelope, meaning, hop } = event;
    const room = rooms.get(envelope.room_id);
    if (hop === null && room) this.#requireConsent(envelope, meaning);
    if (meaning.kind === 'invite' && (!room || !rooms.isByHome(room, envelope)))
      this.#checkInvite(envelope, meaning, room);
    if (!room) {
      if (meaning.kind === 'invite') return null;
      throw refusal('FORBIDDEN', said('event.nobody_in', { room: envelope.room_id }), {
        details: { reason: 'room_closed' },
      });
    }
    if (hop === null) this.#requireOpen(room, event);
    if (hop === null || rooms.isByHome(room, envelope)) {
      if (room.row.home === keyring.serverName || this.#concernsUs(room, meaning)) return room;
      if (hop === null) return room;
      throw refusal('FORBIDDEN', said('event.nobody_left', { room: envelope.room_id }), {
        details: { reason: 'room_closed' },
      });
    }
    this.#checkForeign(room, event);
    return room;
  }

  /** Who may write in a room: the home decides that for everybody, and other servers stop their own users. */
  #requireOpen(room: Room, { envelope, meaning, hop }: VerifiedEvent): void {
    const rooms = this.#rooms;
    const isWritten = meaning.kind === 'message' || meaning.kind === 'edit' || meaning.kind === 'reaction';
    const reason = isWritten ? rooms.closedTo(room, envelope) : null;
    if (reason === null) return;
    // Others may have this event, so the room isn't opened before it.
    if (hop !== null) rooms.noteRefused(room, envelope.depth, this.#deps.clock.now());
    throw refusal('FORBIDDEN', said(`room.${reason}`, { home: room.row.home }), {
      details: { scope: 'event', reason },
    });
  }

  /**
   * A child or a guest of this server neither joins nor writes where it wasn't allowed. It may always leave, and delete. A
   * child makes rooms, and is alone in them until they are allowed.
   */
  #requireConsent({ room_id: roomId, sender }: Envelope, meaning: Meaning): void {
    const rooms = this.#rooms;
    const refuse = (why: Said) => refusal('FORBIDDEN', why, { details: { scope: 'event' } });
    if (meaning.kind === 'invite' && !meaning.revoked && rooms.isUnconfirmed(sender, meaning.subject))
      throw refuse(said('consent.contact', { user: meaning.subject }));
    const waiting = rooms.waiting(roomId, sender);
    if (waiting === null || meaning.kind === 'delete' || rooms.rows.isNew(roomId)) return;
    // The home admits and removes others in the name of the room's owner.
    if (meaning.kind === 'membership' && (meaning.subject !== sender || meaning.change !== 'join')) return;
    if (meaning.kind === 'membership' && waiting === 'people') return;
    throw refuse(said(waiting === 'room' ? 'consent.room' : 'consent.people'));
  }

  /** An invite that isn't by the home of a room we know. */
  #checkInvite(envelope: Envelope, meaning: Meaning & { kind: 'invite' }, room: Room | undefined): void {
    const { directory, keyring } = this.#deps;
    const home = directory.serverOf(envelope.room_id.slice(envelope.room_id.indexOf(':') + 1));
    const subjectServer = parseUserId(meaning.subject).server;
    const toUs = subjectServer === keyring.domain || subjectServer === keyring.serverName;
    if (!room && envelope.origin_server === home && toUs) {
      if (this.#rooms.rows.isLocalUser(meaning.subject)) return;
      throw refusal('FORBIDDEN', said('room.no_user', { user: meaning.subject }), {
        details: { scope: 'event', reason: 'no_such_user' },
      });
    }
    throw refusal('FORBIDDEN', said('event.invite_rules'), {
      details: { scope: 'event', reason: 'not_by_home' },
    });
  }

  /** Rules for events of a server other than the room's home. */
  #checkForeign(room: Room, event: VerifiedEvent): void {
    const rooms = this.#rooms;
    const { keyring, directory, clock } = this.#deps;
    const { envelope, meaning } = event;
    const { home } = room.row;
    const refuse = (why: Said, reason: WireReason) =>
      refusal('FORBIDDEN', why, { details: { scope: 'event', reason } });
    if (meaning.kind === 'room' || meaning.kind === 'delete-channel')
      throw refuse(said('event.only_home', { home }), 'not_by_home');
    if (meaning.kind === 'membership') {
      const isTheirs = rooms.serverOfUser(meaning.subject, room) === envelope.origin_server;
      const isRemoval = meaning.change === 'remove' || meaning.change === 'ban';
      if (isRemoval || !isTheirs || envelope.content.has('membership_user_id'))
        throw refuse(said('event.only_home_members', { home }), 'not_by_home');
    }
    const isLate = () => rooms.isTooLate(room, envelope, { self: keyring.serverName, now: clock.now() });
    const isAllowed = () => this.#isAllowedToFormer(room, event);
    if (room.row.home === keyring.serverName) {
      if ((rooms.mayAct(room, envelope) && !isLate()) || isAllowed()) {
        this.#requireOpen(room, event);
        return;
      }
      // Others may have this event, so no join that the home signs later may get a position before it.
      if (rooms.hasMemberOf(room, envelope.origin_server))
        rooms.noteRefused(room, envelope.depth, clock.now());
      throw refuse(said('event.no_member', { user: envelope.sender }), 'not_a_member');
    }
    if (!this.#concernsUs(room, meaning))
      throw refusal('FORBIDDEN', said('event.nobody_left', { room: envelope.room_id }), {
        details: { reason: 'room_closed' },
      });
    if (directory.standing(envelope.origin_server) === 'known' && event.hop !== room.row.home)
      throw refuse(
        said('event.only_home_brings', { home, server: envelope.origin_server }),
        'origin_unknown',
      );
    // An event that the home accepted in time comes from the home.
    const isDirect = event.hop === envelope.origin_server && room.row.home_announces === 1;
    if (isDirect && rooms.mayAct(room, envelope) && isLate() && !isAllowed())
      throw refuse(said('event.no_member', { user: envelope.sender }), 'not_a_member');
  }

  /**
   * Leaving twice harms nobody, nor does deleting one's own messages. Every member accepts both from the user's own
   * server, so the home does too.
   */
  #isAllowedToFormer(room: Room, { envelope, meaning }: VerifiedEvent): boolean {
    const wasIn = (user: string) => this.#rooms.wasIn(room, user);
    if (meaning.kind === 'delete') return wasIn(envelope.sender);
    return meaning.kind === 'membership' && meaning.change === 'leave' && wasIn(meaning.subject);
  }

  /** A local user is in the room, is asking to join it, or is the subject of the event. */
  #concernsUs(room: Room, meaning: Meaning): boolean {
    const { keyring } = this.#deps;
    if (room.servers.has(keyring.serverName)) return true;
    if (this.#rooms.rows.isJoining(room.row.room_id)) return true;
    return 'subject' in meaning && this.#rooms.serverOfUser(meaning.subject) === keyring.serverName;
  }
}
