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
 * The tables as one batch sees them: what was loaded, and what the batch has made of it so far, so that each event
 * sees the effects of those before it. Rules read and change only this; what was not loaded stops them
 * (questions.ts, `notLoaded`).
 */
export class WorkingSet {
  readonly ask: Asked;
  readonly events: WorkingEvents;
  readonly rooms: WorkingRooms;
  readonly messages: WorkingMessages;
  readonly queues: WorkingQueues;
  /** What else happens once the batch is on disk. */
  readonly after: (() => void)[] = [];

  constructor(
    ask: Asked,
    parsed: Map<number, { readonly body: string; readonly stored: Stored }>,
    { registry, directory }: { readonly registry: RoomRegistry; readonly directory: PeerDirectory },
  ) {
    this.ask = ask;
    this.events = new WorkingEvents(ask, parsed);
    this.rooms = new WorkingRooms(ask, registry, directory);
    this.messages = new WorkingMessages(ask);
    this.queues = new WorkingQueues(ask);
  }

  effects(): BatchEffects {
    return {
      ...this.events.effects(),
      ...this.rooms.effects(),
      ...this.messages.effects(),
      ...this.queues.effects(),
    };
  }
}
