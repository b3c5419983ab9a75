import { Queries } from '../queries.ts';

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
  /** A server known under another key that answered this invite first, its new key (hex), and when. */
  readonly claimed_by: string | null;
  readonly claimed_key: string | null;
  readonly claimed_at: number | null;
  /** When the owner decided that it is the same server. */
  readonly let_in_at: number | null;
  /** 1: for the network at home, so that its link and offer name our address there. */
  readonly at_home: 0 | 1;
}

type NewPeerInvite = Pick<
  PeerInviteRow,
  'id' | 'token_hash' | 'made_at' | 'expires_at' | 'key_id' | 'room_id' | 'made_by' | 'at_home'
>;

/** Links made here. */
export class PeerInviteStore extends Queries {
  readonly #use = this.changed(`
    UPDATE peer_invites SET used_by = ?, used_key = ?, used_user = ?, used_at = ?
    WHERE token_hash = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?`);
  readonly #welcomed = this.run('UPDATE peer_invites SET welcomed_at = ? WHERE id = ?');
  readonly #revoke = this.changed(
    'UPDATE peer_invites SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
  );
  readonly #claim = this.changed(
    'UPDATE peer_invites SET claimed_by = ?, claimed_key = ?, claimed_at = ? WHERE id = ? AND claimed_by IS NULL',
  );
  /** The servers that claim an invite which can still be used, and about which the owner has not decided. */
  readonly undecided = this.values<[now: number], string>(`
    SELECT DISTINCT claimed_by FROM peer_invites WHERE claimed_by IS NOT NULL AND let_in_at IS NULL
      AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?`);
  readonly #letIn = this.changed(`
    UPDATE peer_invites SET let_in_at = ? WHERE id = ? AND claimed_by IS NOT NULL AND let_in_at IS NULL
      AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?`);
  readonly #forgetClaims = this.run(`
    UPDATE peer_invites SET claimed_by = NULL, claimed_key = NULL, claimed_at = NULL, let_in_at = NULL
    WHERE claimed_by = ?`);
  readonly #forgetUser = this.run('UPDATE peer_invites SET used_key = NULL WHERE used_by = ?');

  readonly add = this.run<[invite: NewPeerInvite]>(`
    INSERT INTO peer_invites (id, token_hash, made_at, expires_at, key_id, room_id, made_by, at_home)
    VALUES ($id, $token_hash, $made_at, $expires_at, $key_id, $room_id, $made_by, $at_home)`);

  /** Newest first. */
  readonly all = this.rows<[], PeerInviteRow>('SELECT * FROM peer_invites ORDER BY made_at DESC, id');

  readonly byId = this.row<[id: string], PeerInviteRow>('SELECT * FROM peer_invites WHERE id = ?');

  readonly byHash = this.row<[tokenHash: string], PeerInviteRow>(
    'SELECT * FROM peer_invites WHERE token_hash = ?',
  );

  /** True for the first server that uses an invite while it is valid. */
  use(
    tokenHash: string,
    by: { readonly server: string; readonly key: string; readonly user: string | null },
    now: number,
  ): boolean {
    return this.#use(by.server, by.key, by.user, now, tokenHash, now);
  }

  /** Notes that the user of the invite can join the room. */
  welcomed(id: string, now: number): void {
    this.#welcomed(now, id);
  }

  /** False if there is no invite with that id, or it was revoked before. */
  revoke(id: string, now: number): boolean {
    return this.#revoke(now, id);
  }

  /** The first server that claims it stays. False for another one. */
  claim(id: string, by: { readonly server: string; readonly key: string }, now: number): boolean {
    return this.#claim(by.server, by.key, now, id);
  }

  /** False if nobody claims it, the owner has decided, or it can't be used any more. */
  letIn(id: string, now: number): boolean {
    return this.#letIn(now, id, now);
  }

  /** A forgotten server can't repeat its acceptance, and isn't known under another key. */
  forgetServer(serverName: string): void {
    this.#forgetUser(serverName);
    this.#forgetClaims(serverName);
  }
}
