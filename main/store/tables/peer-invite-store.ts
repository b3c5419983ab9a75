import type { Db } from '../database.ts';

export interface PeerInviteRow {
  readonly id: string;
  readonly token_hash: string;
  readonly made_at: number;
  readonly expires_at: number;
  readonly revoked_at: number | null;
  readonly used_by: string | null;
  readonly used_key: string | null;
  readonly used_at: number | null;
  /** The user whom it lets into its room: the one named in the first acceptance. */
  readonly used_user: string | null;
  /** When that user could join the room. */
  readonly welcomed_at: number | null;
  /** The key in the link. */
  readonly key_id: string;
  readonly room_id: string | null;
  /** The local user in whose name the accepting user is invited to the room. */
  readonly made_by: string | null;
  /** 1: for the network at home, so that its link and offer name our address there. */
  readonly at_home: 0 | 1;
}

type NewPeerInvite = Pick<
  PeerInviteRow,
  'id' | 'token_hash' | 'made_at' | 'expires_at' | 'key_id' | 'room_id' | 'made_by' | 'at_home'
>;

/** Links made here. */
export class PeerInviteStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      add: db.prepare<[NewPeerInvite]>(
        `INSERT INTO peer_invites (id, token_hash, made_at, expires_at, key_id, room_id, made_by, at_home)
         VALUES ($id, $token_hash, $made_at, $expires_at, $key_id, $room_id, $made_by, $at_home)`,
      ),
      all: db.prepare<[], PeerInviteRow>('SELECT * FROM peer_invites ORDER BY made_at DESC, id'),
      byId: db.prepare<[string], PeerInviteRow>('SELECT * FROM peer_invites WHERE id = ?'),
      byHash: db.prepare<[string], PeerInviteRow>('SELECT * FROM peer_invites WHERE token_hash = ?'),
      use: db.prepare(
        `UPDATE peer_invites SET used_by = ?, used_key = ?, used_user = ?, used_at = ?
         WHERE token_hash = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?`,
      ),
      welcomed: db.prepare('UPDATE peer_invites SET welcomed_at = ? WHERE id = ?'),
      revoke: db.prepare('UPDATE peer_invites SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL'),
      forgetUser: db.prepare('UPDATE peer_invites SET used_key = NULL WHERE used_by = ?'),
    };
  }

  add(invite: NewPeerInvite): void {
    this.#statements.add.run(invite);
  }

  /** Newest first. */
  all(): PeerInviteRow[] {
    return this.#statements.all.all();
  }

  byId(id: string): PeerInviteRow | undefined {
    return this.#statements.byId.get(id);
  }

  byHash(tokenHash: string): PeerInviteRow | undefined {
    return this.#statements.byHash.get(tokenHash);
  }

  /** True for the first server that uses an invite while it is valid. */
  use(
    tokenHash: string,
    by: { readonly server: string; readonly key: string; readonly user: string | null },
    now: number,
  ): boolean {
    return this.#statements.use.run(by.server, by.key, by.user, now, tokenHash, now).changes === 1;
  }

  /** Its user can join the room now. */
  welcomed(id: string, now: number): void {
    this.#statements.welcomed.run(now, id);
  }

  /** False if there is no invite with that id, or it was revoked before. */
  revoke(id: string, now: number): boolean {
    return this.#statements.revoke.run(now, id).changes === 1;
  }

  /** A forgotten server can't repeat its acceptance. */
  forgetServer(serverName: string): void {
    this.#statements.forgetUser.run(serverName);
  }
}
