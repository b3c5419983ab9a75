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
}

export interface AcceptanceRow {
  readonly server_name: string;
  /** The whole invite; it goes away with the row. */
  readonly link: string;
  readonly accepted_at: number;
  readonly expires_at: number;
  readonly last_error: string | null;
  /** What was known of the server before it was trusted for this invite, as JSON; null if there is nothing to take back. */
  readonly before: string | null;
}

/** Links made here, and others' links that wait for their maker's answer. */
export class PeerInviteStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      add: db.prepare('INSERT INTO peer_invites (id, token_hash, made_at, expires_at) VALUES (?, ?, ?, ?)'),
      all: db.prepare<[], PeerInviteRow>('SELECT * FROM peer_invites ORDER BY made_at DESC, id'),
      byHash: db.prepare<[string], PeerInviteRow>('SELECT * FROM peer_invites WHERE token_hash = ?'),
      use: db.prepare(
        `UPDATE peer_invites SET used_by = ?, used_key = ?, used_at = ?
         WHERE token_hash = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?`,
      ),
      revoke: db.prepare(
        'UPDATE peer_invites SET revoked_at = ? WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL',
      ),
      forgetUser: db.prepare('UPDATE peer_invites SET used_key = NULL WHERE used_by = ?'),
      putAcceptance: db.prepare(
        `INSERT OR REPLACE INTO peer_acceptances (server_name, link, accepted_at, expires_at, last_error, before)
         VALUES ($server_name, $link, $accepted_at, $expires_at, $last_error, $before)`,
      ),
      acceptances: db.prepare<[], AcceptanceRow>('SELECT * FROM peer_acceptances ORDER BY accepted_at'),
      removeAcceptance: db.prepare('DELETE FROM peer_acceptances WHERE server_name = ?'),
    };
  }

  add(id: string, tokenHash: string, madeAt: number, expiresAt: number): void {
    this.#statements.add.run(id, tokenHash, madeAt, expiresAt);
  }

  /** Newest first. */
  all(): PeerInviteRow[] {
    return this.#statements.all.all();
  }

  byHash(tokenHash: string): PeerInviteRow | undefined {
    return this.#statements.byHash.get(tokenHash);
  }

  /** True for the one who came first to an invite that still counts. */
  use(tokenHash: string, by: { readonly server: string; readonly key: string }, now: number): boolean {
    return this.#statements.use.run(by.server, by.key, now, tokenHash, now).changes === 1;
  }

  /** False if there is no pending invite of that id. */
  revoke(id: string, now: number): boolean {
    return this.#statements.revoke.run(now, id).changes === 1;
  }

  /** Who was forgotten cannot say again what it said, and its own invite waits no longer. */
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
}
