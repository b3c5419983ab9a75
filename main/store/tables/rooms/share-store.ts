import type { Db } from '../../database.ts';

/** How many bytes of a room came from a server, no matter who wrote them. */
interface ShareRow {
  readonly room_id: string;
  readonly server: string;
  readonly bytes: number;
}

type Share = Pick<ShareRow, 'room_id' | 'server'>;

/** What an event takes beside its own text: its columns, its message and the indexes. */
export const besideTextBytes = 700;

/**
 * How much of each room came from which server. Each new event adds to it (event-table.ts). What is dropped or erased later
 * still counts until it is counted again.
 */
export class ShareStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      of: db.prepare<[string, string], { bytes: number }>(
        'SELECT bytes FROM room_shares WHERE room_id = ? AND server = ?',
      ),
      from: db.prepare<[number], ShareRow>(
        'SELECT * FROM room_shares WHERE bytes >= ? ORDER BY room_id, server',
      ),
      sizes: db.prepare<[string, string, number, number], { seq: number; bytes: number }>(
        `SELECT seq, CASE WHEN received_from = ? THEN octet_length(body) + ${besideTextBytes} ELSE 0 END AS bytes
         FROM federation_events WHERE room_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
      ),
      add: db.prepare<[number, string, string]>(
        'UPDATE room_shares SET bytes = bytes + ? WHERE room_id = ? AND server = ?',
      ),
    };
  }

  bytesOf({ room_id, server }: Share): number {
    return this.#statements.of.get(room_id, server)?.bytes ?? 0;
  }

  /** Those of at least `bytesMin`. */
  from(bytesMin: number): ShareRow[] {
    return this.#statements.from.all(bytesMin);
  }

  /** The events of the room that arrived after `seq`, and what each adds to the share. */
  sizes({ room_id, server }: Share, seq: number, limit: number): { seq: number; bytes: number }[] {
    return this.#statements.sizes.all(server, room_id, seq, limit);
  }

  add({ room_id, server }: Share, bytes: number): void {
    this.#statements.add.run(bytes, room_id, server);
  }
}
