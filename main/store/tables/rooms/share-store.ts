import { Queries } from '../../queries.ts';

/** How many bytes of a room came from a server, no matter who wrote them. */
interface ShareRow {
  readonly room_id: string;
  readonly server: string;
  readonly bytes: number;
}

type Share = Pick<ShareRow, 'room_id' | 'server'>;

/** Bytes that an event takes beside its own text: its columns, its message and the indexes. */
export const besideTextBytes = 700;

/**
 * How much of each room came from which server. Each new event adds to it (event-table.ts). What is dropped or erased later
 * still counts until it is counted again.
 */
export class ShareStore extends Queries {
  readonly #of = this.number<[string, string]>(
    'SELECT bytes FROM room_shares WHERE room_id = ? AND server = ?',
  );
  readonly #sizes = this.rows<[string, string, number, number], { seq: number; bytes: number }>(`
    SELECT seq, CASE WHEN received_from = ? THEN octet_length(body) + ${besideTextBytes} ELSE 0 END AS bytes
    FROM federation_events WHERE room_id = ? AND seq > ? ORDER BY seq LIMIT ?`);
  readonly #add = this.run<[number, string, string]>(
    'UPDATE room_shares SET bytes = bytes + ? WHERE room_id = ? AND server = ?',
  );

  /** Shares of at least `bytesMin`. */
  readonly from = this.rows<[bytesMin: number], ShareRow>(
    'SELECT * FROM room_shares WHERE bytes >= ? ORDER BY room_id, server',
  );

  bytesOf({ room_id, server }: Share): number {
    return this.#of(room_id, server);
  }

  /** The events of the room that arrived after `seq`, and what each adds to the share. */
  sizes({ room_id, server }: Share, seq: number, limit: number): { seq: number; bytes: number }[] {
    return this.#sizes(server, room_id, seq, limit);
  }

  add({ room_id, server }: Share, bytes: number): void {
    this.#add(bytes, room_id, server);
  }
}
