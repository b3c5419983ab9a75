import { isObject, type JsonValue, parseJson } from '../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { parseRoomId } from '../../shared/protocol/identifiers.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { wordsIn } from '../../shared/words/words.ts';
import type { FederationClient } from '../client/federation-client.ts';
import { type HttpResult, messageIn, reasonOfRefusal } from '../client/http.ts';
import { answerText } from '../client/say-network-error.ts';
import type { ClockOffsets } from '../clocks/clock-offsets.ts';
import { clockRefusal } from '../clocks/clock-refusal.ts';
import type { Intake } from '../events/intake.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import { nextStepFor, whyNotCalled } from '../trust/not-a-peer.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';

const handedOverMax = 10;
/** How long somebody waits for the home's events, if those need keys that only the home can provide. */
const takeInMsMax = 3_000;

interface HomeCallsDeps {
  readonly keyring: Keyring;
  readonly directory: PeerDirectory;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly clockOffsets: Pick<ClockOffsets, 'around'>;
  readonly intake: Pick<Intake, 'takeIn'>;
}

/** Asks the homes of rooms for what only they can do. */
export class HomeCalls {
  readonly #deps: HomeCallsDeps;

  constructor(deps: HomeCallsDeps) {
    this.#deps = deps;
  }

  /** The home of a room. `via` works as in `Memberships.join`. BAD_REQUEST if it may not, or can't, be asked. */
  peer(roomId: string, via?: string): PeerRow {
    const { directory } = this.#deps;
    const named = directory.serverOf(parseRoomId(roomId).server);
    const home = via === undefined ? named : directory.serverOf(via);
    // Anyone can make a link. A server that isn't the room's home could otherwise decide what the room shows here.
    if (home !== named)
      throw refusal('BAD_REQUEST', said('room.not_its_home', { room: roomId, named, server: home }));
    const peer = directory.get(home);
    const why = whyNotCalled(home, directory.standing(home), peer);
    if (why !== null) throw refusal('BAD_REQUEST', said('room.home_not_asked', { why }));
    if (!peer) throw refusal('NOT_FOUND', said('peer.unknown', { server: home }));
    return peer;
  }

  /** The text of the answer. Throws `Unanswered`, and the home's refusals. */
  async ask(
    peer: PeerRow,
    call: {
      readonly path: string;
      readonly body: string;
      readonly signal: AbortSignal;
      /** The words for a call that the signal ends. */
      readonly late: Said;
    },
  ): Promise<string> {
    const callee = calleeOf(peer);
    if (!callee)
      throw refusal('SERVICE_UNAVAILABLE', said('room.home_no_address', { server: peer.server_name }));
    const { late, ...request } = call;
    const answer = await this.#deps.client.call(callee, { method: 'POST', ...request });
    if (answer.kind === 'answer' && answer.status === 200) return answer.body;
    if (answer.kind !== 'answer') throw new Unanswered(peer.server_name, answer, late);
    const { clock, clockOffsets } = this.#deps;
    const disagrees = clockRefusal(answer, clock.now(), clockOffsets.around(peer.server_name));
    if (disagrees)
      throw refusal(
        'FORBIDDEN',
        said('room.home_clocks', {
          server: peer.server_name,
          text: disagrees.text,
          fix: disagrees.fix,
        }),
      );
    throw retold(peer.server_name, answer);
  }

  /** Takes in the events of an answer, so that nobody has to wait until they are delivered. */
  async takeIn(peer: PeerRow, answer: string): Promise<void> {
    const late = this.deadline(takeInMsMax);
    await Promise.race([this.#deps.intake.takeIn(peer, eventsIn(answer)), late.passed]);
    late.cancel();
  }

  deadline(ms: number) {
    const ending = new AbortController();
    const passed = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(ms, () => {
      ending.abort();
      passed.resolve();
    });
    return { signal: ending.signal, passed: passed.promise, cancel };
  }
}

function eventsIn(answer: string): readonly JsonValue[] {
  const told = parseJson(answer, limits.jsonValuesMax);
  const events = isObject(told) ? told.get('events') : undefined;
  return Array.isArray(events) ? events.slice(0, handedOverMax) : [];
}

/** A request without an answer: it may or may not have been carried out. */
export class Unanswered extends ProtocolError {
  constructor(server: string, result: Exclude<HttpResult, { kind: 'answer' }>, late: Said) {
    const next = nextStepFor(result.kind === 'network' ? result.code : undefined);
    const news =
      result.kind === 'aborted'
        ? late
        : said('room.home_unreachable', { server, why: answerText(result), next });
    super('SERVICE_UNAVAILABLE', wordsIn('en').say(news), { said: news });
  }
}

/** Another server's refusal, passed on with its own message and its name. */
function retold(server: string, { status, body }: HttpResult & { kind: 'answer' }): ProtocolError {
  const quote = messageIn(body);
  // The existing server says no more than this.
  if (status === 403 && (quote === undefined || quote === 'forbidden'))
    return refusal('FORBIDDEN', said('room.home_silent_refusal', { server }));
  const isRefused = status === 403 || status === 401;
  const isConflict = status === 409 && reasonOfRefusal(body) !== 'replay';
  const text = said(isRefused || isConflict ? 'room.home_refuses' : 'room.home_answers', { server });
  const news = quote === undefined ? text : said('room.home_says', { text, quote });
  if (isRefused) return refusal('FORBIDDEN', news);
  if (isConflict) return refusal('CONFLICT', news);
  return refusal(status === 404 ? 'NOT_FOUND' : 'SERVICE_UNAVAILABLE', news);
}
