import { Queries } from '../queries.ts';

export interface ClientKeyRow {
  readonly user_id: string;
  /** Chosen by the client, a new one for each action. */
  readonly client_key: string;
  readonly procedure: string;
  readonly room_id: string;
  /** The event or channel that the call is about, and the emoji of a reaction; empty without one. */
  readonly target: string;
  /** The event that the first call wrote, or that existed already. */
  readonly event_id: string;
  readonly message_id: string | null;
  readonly at: number;
}

/** Calls by their client keys (main/rooms/client-keys.ts). */
export class ClientKeyStore extends Queries {
  readonly find = this.row<[userId: string, clientKey: string], ClientKeyRow>(
    'SELECT * FROM client_keys WHERE user_id = ? AND client_key = ?',
  );

  /** Call it in a transaction. */
  readonly add = this.run<[row: ClientKeyRow]>(`
    INSERT INTO client_keys (user_id, client_key, procedure, room_id, target, event_id, message_id, at)
    VALUES (@user_id, @client_key, @procedure, @room_id, @target, @event_id, @message_id, @at)`);

  /** Call it in a transaction. */
  readonly prune = this.run<[before: number]>('DELETE FROM client_keys WHERE at < ?');
}
