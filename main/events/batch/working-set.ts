import type { BatchEffects } from '../../store/batch/batch-port.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { RoomRegistry } from '../projection/room-registry.ts';
import type { Stored } from '../projection/stored.ts';
import type { Asked } from './questions.ts';
import { WorkingEvents } from './working-events.ts';
import { WorkingMessages } from './working-messages.ts';
import { WorkingQueues } from './working-queues.ts';
import { WorkingRooms } from './working-rooms.ts';

/**
 * The tables as one batch sees them: what was loaded plus the batch's own changes, so that each event sees the effects
 * of the ones before it. Rules read and change only this. A rule that needs something that isn't loaded stops
 * (questions.ts, `notLoaded`).
 */
export class WorkingSet {
  readonly ask: Asked;
  readonly events: WorkingEvents;
  readonly rooms: WorkingRooms;
  #messages: WorkingMessages | null = null;
  #queues: WorkingQueues | null = null;

  constructor(
    ask: Asked,
    parsed: Map<number, { readonly body: string; readonly stored: Stored }>,
    { registry, directory }: { readonly registry: RoomRegistry; readonly directory: PeerDirectory },
  ) {
    this.ask = ask;
    this.events = new WorkingEvents(ask, parsed);
    this.rooms = new WorkingRooms(ask, registry, directory);
  }

  get messages(): WorkingMessages {
    this.#messages ??= new WorkingMessages(this.ask);
    return this.#messages;
  }

  get queues(): WorkingQueues {
    this.#queues ??= new WorkingQueues(this.ask);
    return this.#queues;
  }

  effects(): BatchEffects {
    return {
      rooms: this.rooms.effects(),
      events: this.events.effects(),
      messages: this.#messages?.effects() ?? null,
      queues: this.#queues?.effects() ?? null,
    };
  }
}
