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
}

export type NewPeerInvite = Pick<
  PeerInviteRow,
  'id' | 'token_hash' | 'made_at' | 'expires_at' | 'key_id' | 'room_id' | 'made_by'
>;

export interface AcceptanceRow {
  readonly server_name: string;
  /** Sealed (`Keyring.sealLink`). Once the servers are peers, without its token. */
  readonly link: string;
  /** The inviter's offer. */
  readonly offer: string;
  /** The local user who joins the invite's room. */
  readonly user_id: string | null;
  readonly accepted_at: number;
  readonly expires_at: number;
  readonly last_error: string | null;
  /** The server's row before it was trusted for this invite, as JSON; null if there is nothing to undo. */
  readonly before: string | null;
  /** When the servers became peers. Then only the room is still to be joined. */
  readonly connected_at: number | null;
}

/** A link whose server has not said yet what it leads to. */
export interface KeptLinkRow {
  readonly host: string;
  /** Sealed (`Keyring.sealLink`). */
  readonly link: string;
  readonly user_id: string | null;
  readonly kept_at: number;
  readonly expires_at: number;
  readonly last_error: string;
}

/** Links made here, and links of others whose server hasn't answered yet. */
export class PeerInviteStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      add: db.prepare<[NewPeerInvite]>(
        `INSERT INTO peer_invites (id, token_hash, made_at, expires_at, key_id, room_id, made_by)
         VALUES ($id, $token_hash, $made_at, $expires_at, $key_id, $room_id, $made_by)`,
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
      putAcceptance: db.prepare<[AcceptanceRow]>(
        `INSERT OR REPLACE INTO peer_acceptances
           (server_name, link, offer, user_id, accepted_at, expires_at, last_error, before, connected_at)
         VALUES
           ($server_name, $link, $offer, $user_id, $accepted_at, $expires_at, $last_error, $before, $connected_at)`,
      ),
      acceptances: db.prepare<[], AcceptanceRow>('SELECT * FROM peer_acceptances ORDER BY accepted_at'),
      removeAcceptance: db.prepare('DELETE FROM peer_acceptances WHERE server_name = ?'),
      keepLink: db.prepare<[KeptLinkRow]>(
        `INSERT OR REPLACE INTO kept_links (host, link, user_id, kept_at, expires_at, last_error)
         VALUES ($host, $link, $user_id, $kept_at, $expires_at, $last_error)`,
      ),
      keptLinks: db.prepare<[], KeptLinkRow>('SELECT * FROM kept_links ORDER BY kept_at'),
      dropLink: db.prepare('DELETE FROM kept_links WHERE host = ?'),
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

  /** A forgotten server can't repeat its acceptance, and its own invite no longer waits. */
  forgetServer(serverName: string): void {
    this.#statements.forgetUser.run(serverName);
    this.removeAcceptance(serverName);
  }

  putAcceptance(row: AcceptanceRow): void {
    this.#statements.putAcceptance.run(row);
  }

  acceptances(): AcceptanceRow[] {
    return this.#statements.acceptances.all();
  }

  removeAcceptance(serverName: string): void {
    this.#statements.removeAcceptance.run(serverName);
  }

  keepLink(row: KeptLinkRow): void {
    this.#statements.keepLink.run(row);
  }

  keptLinks(): KeptLinkRow[] {
    return this.#statements.keptLinks.all();
  }

  dropLink(host: string): void {
    this.#statements.dropLink.run(host);
  }
}
