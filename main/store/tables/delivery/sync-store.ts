import { Queries } from '../../queries.ts';

export interface SyncCursor {
  /** Arrival token from a Paracord Node; null until it gave one. */
  readonly token: string | null;
  /** The highest depth read from a peer that gives no tokens. */
  readonly depth: number;
  /** When an older stretch was last read again. */
  readonly sweptAt: number;
}

/** How far each room has been read at each peer. */
export class SyncStore extends Queries {
  readonly #get = this.row<[string, string], { token: string | null; depth: number; swept_at: number }>(
    'SELECT token, depth, swept_at FROM federation_sync_cursors WHERE server_name = ? AND room_id = ?',
  );
  readonly #put = this.run(
    'INSERT OR REPLACE INTO federation_sync_cursors (server_name, room_id, token, depth, swept_at) VALUES (?, ?, ?, ?, ?)',
  );

  readonly forget = this.run<[serverName: string]>(
    'DELETE FROM federation_sync_cursors WHERE server_name = ?',
  );

  get(serverName: string, roomId: string): SyncCursor {
    const row = this.#get(serverName, roomId);
    return row
      ? { token: row.token, depth: row.depth, sweptAt: row.swept_at }
      : { token: null, depth: 0, sweptAt: 0 };
  }

  put(serverName: string, roomId: string, cursor: SyncCursor): void {
    this.#put(serverName, roomId, cursor.token, cursor.depth, cursor.sweptAt);
  }
}
