import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Clock } from '../kernel/ports.ts';
import { SerialQueues } from '../kernel/queue.ts';
import type { ClientKeyRow, ClientKeyStore } from '../store/tables/client-key-store.ts';

/** A client that repeats a call after a week does so because its user wants to. */
export const clientKeyKeptMs = 7 * 86_400_000;

/** The event or channel that a call wrote. */
export interface Written {
  readonly event_id: string;
  readonly message_id?: string;
}

/** The wish of a call, to compare with a repeat. Texts are not compared, because they are not kept. */
export type KeyedCall = Pick<ClientKeyRow, 'user_id' | 'procedure' | 'room_id' | 'target'> & {
  readonly client_key: string | undefined;
};

/** Stores what a call wrote. Call it in the transaction that writes it. */
export type Remember = (written: Written) => void;

/**
 * Lets a client repeat a call whose answer was lost. The key is stored in the same transaction as the event, so there
 * is never one without the other. Two calls with the same key run one after the other.
 */
export class ClientKeys {
  readonly #keys: ClientKeyStore;
  readonly #clock: Clock;
  readonly #queues = new SerialQueues();

  constructor(keys: ClientKeyStore, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * Runs the call, or returns what the first call with this key wrote. CONFLICT if that call asked for something else.
   */
  async once(call: KeyedCall, act: (remember: Remember) => Promise<Written>): Promise<Written> {
    const { client_key, user_id } = call;
    if (client_key === undefined) return act(() => {});
    return this.#queues.run(`${user_id} ${client_key}`, async () => {
      const first = this.#keys.find(user_id, client_key);
      if (first !== undefined) return writtenBy(first, call);
      try {
        return await act(({ event_id, message_id = null }) =>
          this.#keys.add({ ...call, client_key, event_id, message_id, at: this.#clock.now() }),
        );
      } catch (error) {
        // A database that was lost during the first call may have committed it. The copy learns that only right before
        // the next transaction, which is this one. The unique key, or a rule, refused it then.
        const late = this.#keys.find(user_id, client_key);
        if (late === undefined) throw error;
        return writtenBy(late, call);
      }
    });
  }
}

function writtenBy(first: ClientKeyRow, call: KeyedCall): Written {
  const isSame =
    first.procedure === call.procedure && first.room_id === call.room_id && first.target === call.target;
  if (!isSame)
    throw refusal(
      'CONFLICT',
      said('room.key_reused', {
        key: first.client_key,
        procedure: first.procedure,
        room: first.room_id,
      }),
      { details: { reason: 'client_key_reused' } },
    );
  const { event_id, message_id } = first;
  return message_id === null ? { event_id } : { event_id, message_id };
}
