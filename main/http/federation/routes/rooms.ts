import { parseInviteRequest, parseMemberRequest } from '../../../../shared/protocol/bodies.ts';
import type { RoomHome } from '../../../rooms/home.ts';
import type { Moderation } from '../../../rooms/moderation.ts';
import type { Typing } from '../../../rooms/typing.ts';
import type { Callers } from '../callers.ts';
import type { Reads } from '../reads.ts';
import { answer, call, checkOrigin, type FederationRoute } from '../request.ts';

export interface RoomDeps {
  readonly home: Pick<RoomHome, 'answerInvite' | 'answerJoin' | 'answerLeave'>;
  readonly moderation: Pick<Moderation, 'answer'>;
  readonly typing: Pick<Typing, 'take'>;
}

/** Members of rooms: who is invited, joins, leaves, moderates and writes. */
export function roomRoutes(
  { home, moderation, typing }: RoomDeps,
  callers: Callers,
  reads: Reads,
): FederationRoute[] {
  return [
    call('POST', '/invite', async (request) => {
      const by = await callers.of(request);
      const body = parseInviteRequest(by.text);
      checkOrigin(body.origin_server, by.origin);
      return answer(200, home.answerInvite(by.origin, body));
    }),
    call('POST', '/join', async (request) => {
      const by = await callers.of(request);
      const body = parseMemberRequest(by.text);
      checkOrigin(body.origin_server, by.origin);
      const { told, events } = await home.answerJoin(by.origin, body);
      return reads.answerTo(by.origin, () => ({
        status: 200,
        body: `${JSON.stringify(told).slice(0, -1)},"events":[${events.join(',')}]}`,
      }));
    }),
    call('POST', '/leave', async (request) => {
      const by = await callers.of(request);
      const body = parseMemberRequest(by.text);
      checkOrigin(body.origin_server, by.origin);
      return answer(200, await home.answerLeave(by.origin, body));
    }),
    // A moderator of a room here is a user of the caller (our extension).
    call('POST', '/moderate', async (request) => {
      const by = await callers.beyondDraft(request);
      const { event_id, events } = await moderation.answer(by.origin, by.text);
      return reads.answerTo(by.origin, () => ({
        status: 200,
        body: `${JSON.stringify({ event_id }).slice(0, -1)},"events":[${events.join(',')}]}`,
      }));
    }),
    // Who is writing now (our extension).
    call('POST', '/typing', async (request) => {
      const by = await callers.fleeting(request);
      typing.take(by.origin, by.text);
      return answer(200, {});
    }),
  ];
}
