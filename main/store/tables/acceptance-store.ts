import { Queries } from '../queries.ts';

interface AnyRow {
  /** SHA-256 of the link. */
  readonly id: string;
  readonly host: string;
  /** Sealed (`Keyring.sealLink`). Once the servers are peers, without its token. */
  readonly link: string;
  /** The local user who joins the invite's room. */
  readonly user_id: string | null;
  readonly accepted_at: number;
  readonly expires_at: number;
  readonly last_error: string | null;
  /** 1: the owner lets a server in again that they know under another key. */
  readonly started_over: 0 | 1;
}

/** A link whose server has not said yet what it is for. */
export interface KeptRow extends AnyRow {
  readonly state: 'kept';
  readonly server_name: null;
  readonly offer: null;
  readonly before: null;
}

/** `joining`: the servers are peers, and only the room is still to be joined. */
export interface OpenedRow extends AnyRow {
  readonly state: 'connecting' | 'joining';
  readonly server_name: string;
  /** The inviter's offer. */
  readonly offer: string;
  /** The server's row before it was trusted for this invite, as JSON; null if there is nothing to undo. */
  readonly before: string | null;
}

export type AcceptanceRow = KeptRow | OpenedRow;

/** Invites of others that this owner accepted and that haven't finished. */
export class AcceptanceStore extends Queries {
  readonly put = this.run<[row: AcceptanceRow]>(`INSERT OR REPLACE INTO accepted_invites
      (id, state, host, link, server_name, offer, user_id, accepted_at, expires_at, last_error,
       started_over, before)
    VALUES ($id, $state, $host, $link, $server_name, $offer, $user_id, $accepted_at, $expires_at, $last_error,
      $started_over, $before)`);

  /** Oldest first. */
  readonly all = this.rows<[], AcceptanceRow>('SELECT * FROM accepted_invites ORDER BY accepted_at, id');

  readonly remove = this.run<[id: string]>('DELETE FROM accepted_invites WHERE id = ?');

  readonly removeOf = this.run<[serverName: string]>('DELETE FROM accepted_invites WHERE server_name = ?');
}
