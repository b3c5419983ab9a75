import { canonicalJson } from '../../../shared/protocol/coding/canonical-json.ts';
import { fromPlain, type JsonObject, type Plain } from '../../../shared/protocol/coding/json.ts';
import { canonicalEvent, type Envelope } from '../../../shared/protocol/events/envelope.ts';
import { cast, keyIdOf, now, type Role, roomId, signers } from './member.ts';

/** The events that others send to a `MemberNode`, one after the other in the room's order. */
export class Teller {
  #made = 0;

  /** An event by the first user of a server. */
  event(by: Exclude<Role, 'self'>, type: string, content: Plain, more: Partial<Envelope> = {}): Envelope {
    const n = ++this.#made;
    const fields = {
      event_id: `$${n}:${cast[by]}`,
      room_id: roomId,
      event_type: type,
      sender: `@u0:${cast[by]}`,
      origin_server: cast[by],
      origin_ts: now,
      state_key: null,
      depth: n,
      content: fromPlain(content) as JsonObject,
      ...more,
    };
    const signature = signers[by].sign(canonicalEvent(fields));
    return {
      ...fields,
      contentText: canonicalJson(fields.content),
      signatures: new Map([[keyIdOf(by), signature]]),
    };
  }

  join(user: string): Envelope {
    return this.event('home', 'm.member.join', { user_id: '5', role: 'member' }, { state_key: user });
  }

  leave(user: string): Envelope {
    return this.event('home', 'm.member.leave', { user_id: '5', removed: false }, { state_key: user });
  }

  /** A message of the peer. */
  message(messageId: string, body = 'x'): Envelope {
    return this.event('peer', 'm.message', { body, ...place, message_id: messageId });
  }
}

/** Fields of a message's content, and of events about the message. */
export const place = { message_id: '1', channel_id: '1' } as const;
