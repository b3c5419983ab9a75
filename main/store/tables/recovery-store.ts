import { isErasedSql } from '../erased-body.ts';
import { Queries } from '../queries.ts';
import { type EventRow, isLastInviteSql } from './rooms/event-store.ts';

export interface Find {
  readonly kind: 'room' | 'user' | 'key';
  /** A room id, a user id, or a public key. */
  readonly id: string;
  /** Restored; known to others, but nothing we signed proves that it is ours; or ours and out of reach. */
  readonly outcome: 'recovered' | 'elsewhere' | 'lost';
  readonly told_by: string;
}

/** A user may be invited to a room several times, so more are read than are returned. */
const newestInvites = (status: 'pending' | 'revoked'): string =>
  `SELECT room_id, user_id, status <> 'pending' AS is_over, created_at FROM room_invites
   WHERE home = $home AND status = '${status}' ORDER BY created_at DESC LIMIT 4 * $limit`;

/** Most may have been followed by a join, so more are read than are returned. */
const newestEvents = (domain: 'one' | 'other', kind: 'invite' | 'uninvite'): string =>
  `SELECT * FROM (SELECT seq FROM federation_events INDEXED BY federation_events_invited
     WHERE substr(subject, instr(subject, ':') + 1) = $${domain}
       AND event_type IN ('m.member.invite', 'm.member.uninvite') AND event_type = 'm.member.${kind}'
     ORDER BY depth DESC LIMIT 5 * $limit)`;

/** Stores what this node lost, and what its peers know about it. */
export class RecoveryStore extends Queries {
  readonly #answers = this.rows<[], { server_name: string; at: number }>('SELECT * FROM recovery_answers');
  readonly #clearFinds = this.run<[]>('DELETE FROM recovery_finds');
  readonly #lastInvitesOf = this.values<[{ home: string; limit: number }], string>(`SELECT e.body FROM (
      SELECT room_id, user_id, min(is_over) AS is_over, max(created_at) AS at FROM (
        SELECT * FROM (${newestInvites('pending')}) UNION ALL SELECT * FROM (${newestInvites('revoked')}))
      GROUP BY room_id, user_id ORDER BY is_over, at DESC LIMIT $limit) i
    JOIN federation_events e ON e.seq = (
      SELECT seq FROM federation_events l WHERE l.room_id = i.room_id AND l.subject = i.user_id
        AND l.event_type IN ('m.member.invite', 'm.member.uninvite')
      ORDER BY l.depth DESC, l.event_id DESC LIMIT 1)
    ORDER BY i.is_over, i.at DESC`);
  readonly #lastInvitesBy = this.values<
    [{ home: string; one: string; other: string; limit: number }],
    string
  >(`
    SELECT e.body FROM (
      ${newestEvents('one', 'invite')} UNION ${newestEvents('other', 'invite')}
      UNION ${newestEvents('one', 'uninvite')} UNION ${newestEvents('other', 'uninvite')}) n
    JOIN federation_events e ON e.seq = n.seq
    WHERE e.room_id IN (SELECT room_id FROM rooms WHERE home = $home) AND ${isLastInviteSql}
    ORDER BY e.event_type = 'm.member.uninvite', e.depth DESC LIMIT $limit`);
  readonly #broughtBy = this.rows<[number, number], { server: string; n: number }>(`
    SELECT received_from AS server, count(*) AS n FROM federation_events
    WHERE seq > ? AND received_from IS NOT NULL AND origin_ts < ? AND event_type = 'm.message'
    GROUP BY received_from`);

  readonly noteAnswer = this.run<[server: string, at: number]>(
    'INSERT OR REPLACE INTO recovery_answers (server_name, at) VALUES (?, ?)',
  );

  /** All peers will be asked again. */
  readonly clearAnswers = this.run<[]>('DELETE FROM recovery_answers');

  // A restored item stays restored, even if a later answer says otherwise.
  readonly put = this.run<[find: Find]>(`
    INSERT INTO recovery_finds (kind, id, outcome, told_by) VALUES ($kind, $id, $outcome, $told_by)
    ON CONFLICT DO UPDATE SET outcome = excluded.outcome WHERE outcome <> 'recovered'`);

  readonly finds = this.rows<[], Find>('SELECT * FROM recovery_finds ORDER BY kind, id');

  readonly addDecision = this.run<[server: string]>(
    'INSERT OR IGNORE INTO recovery_decisions (server_name) VALUES (?)',
  );

  readonly decisions = this.values<[], string>(
    'SELECT server_name FROM recovery_decisions ORDER BY server_name',
  );

  readonly dropDecision = this.run<[server: string]>('DELETE FROM recovery_decisions WHERE server_name = ?');

  /** The last event of a server in a room that was not erased here, in its wire form. */
  readonly lastEventOf = this.value<[roomId: string, origin: string], string>(`
    SELECT body FROM federation_events WHERE room_id = ? AND origin_server = ? AND NOT ${isErasedSql('body')}
    ORDER BY seq DESC LIMIT 1`);

  /** Events whose text isn't JSON any more. Reads all of them. */
  readonly unreadable = this.values<[limit: number], string>(
    'SELECT event_id FROM federation_events WHERE NOT json_valid(body) ORDER BY seq LIMIT ?',
  );

  /** Stored events in order of arrival, after `seq`. */
  readonly after = this.rows<[seq: number, limit: number], EventRow>(
    'SELECT * FROM federation_events WHERE seq > ? ORDER BY seq LIMIT ?',
  );

  /** Events of ours that others sent us after `seq`, and that were written before `writtenBefore`. */
  readonly countBroughtBack = this.number<[seq: number, self: string, writtenBefore: number]>(`
    SELECT count(*) AS n FROM federation_events
    WHERE seq > ? AND origin_server = ? AND received_from IS NOT NULL AND origin_ts < ?`);

  /** Inside a transaction: forgets the previous recovery, except what the owner still has to confirm. */
  clear(): void {
    this.clearAnswers();
    this.#clearFinds();
  }

  /** When each peer answered. */
  answers(): Map<string, number> {
    return new Map(this.#answers().map((row) => [row.server_name, row.at]));
  }

  /**
   * Lists the last invite or its revocation, in wire form, of each local user and room with an invite of this home that
   * was not accepted or declined. Open ones come first, and of those the newest.
   */
  lastInvitesOf(home: string, limit: number): string[] {
    return this.#lastInvitesOf({ home, limit });
  }

  /**
   * Lists the last invite or its revocation, in wire form, of each user of these two domains and each room of this
   * home, unless the user has joined or left since. Open ones come first, and of those the newest.
   */
  lastInvitesBy(home: string, [one, other]: readonly [string, string], limit: number): string[] {
    return this.#lastInvitesBy({ home, one, other, limit });
  }

  /** How many messages from before `writtenBefore` each server sent us after `seq`. */
  broughtBy(seq: number, writtenBefore: number): Map<string, number> {
    return new Map(this.#broughtBy(seq, writtenBefore).map(({ server, n }) => [server, n]));
  }
}
