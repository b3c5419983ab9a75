import { errorBody, forbidden, ProtocolError } from '../../../shared/protocol/errors.ts';
import { type Envelope, envelopeFrom, parseEnvelope } from '../../../shared/protocol/events/envelope.ts';
import {
  type BatchEntry,
  type BatchResult,
  readBatch,
  writeBatchResults,
} from '../../../shared/protocol/events/event-batch.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { tuning } from '../../config.ts';
import type { Ingest, IngestOutcome } from '../../events/ingest.ts';
import type { Pace, PaceFacts } from '../../events/pace.ts';
import type { EventVerifier, VerifiedEvent } from '../../events/verify.ts';
import type { Meter } from '../../kernel/meter.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Tables } from '../../store/ports.ts';
import { changeWork, type PeerBudgets } from '../../trust/limits/peer-budgets.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { Authenticated, Authenticator, Terms } from './authenticate.ts';
import { ByteShares, underWay, whileHolding } from './byte-shares.ts';
import { Order } from './order.ts';
import {
  answer,
  call,
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
} from './request.ts';

export interface PushDeps {
  readonly authenticator: Pick<Authenticator, 'checkRate'>;
  readonly verifier: EventVerifier;
  readonly pace: Pick<Pace, 'load' | 'check'>;
  readonly budgets: Pick<PeerBudgets, 'chargeWork'>;
  readonly ingest: Pick<Ingest, 'ingest'>;
  readonly directory: Pick<PeerDirectory, 'notePushed'>;
  readonly store: Tables<'events'>;
  readonly clock: Clock;
  readonly meter: Meter;
}

export interface PushRouteDeps extends PushDeps {
  readonly authenticator: Pick<Authenticator, 'checkRate' | 'authenticate'>;
  readonly store: Tables<'events' | 'writer'>;
}

/** The calls with which peers push events; each request takes memory until it is answered. */
export function pushRoutes(deps: PushRouteDeps): FederationRoute[] {
  const requests = new ByteShares(underWay);
  const pushes = new Pushes(deps);

  async function pushed(
    request: FederationRequest,
    terms: Terms,
    take: (by: Authenticated) => Promise<FederationAnswer>,
  ): Promise<FederationAnswer> {
    if (deps.store.writer.length > tuning.ingestQueueMax)
      throw refusal('RATE_LIMITED', said('wire.busy'), { retryAfterSeconds: 1 });
    const by = await deps.authenticator.authenticate(request, { ...terms, takesQuarantined: true });
    return whileHolding(requests, by.origin, by.text.length, () => take(by));
  }

  return [
    call('POST', '/event', (request) => pushed(request, {}, (by) => pushes.one(by))),
    // Many at once (our extension).
    call('POST', '/events', (request) => pushed(request, { isBeyondDraft: true }, (by) => pushes.many(by))),
  ];
}

/** An event of a batch that is being processed. */
type Looked = { readonly event: VerifiedEvent } | { readonly error: ProtocolError };

/** Events that a peer sends: one in a request, or many (docs/protocol/wire.md, "POST event" and "POST events"). */
export class Pushes {
  readonly #deps: PushDeps;
  readonly #order: Order;

  constructor(deps: PushDeps) {
    this.#deps = deps;
    this.#order = new Order(deps.clock, (eventId) => deps.store.events.byId(eventId) !== undefined);
  }

  /** Throws ProtocolError. */
  async one(by: Authenticated): Promise<FederationAnswer> {
    this.#deps.meter.together('received', 1);
    const envelope = parseEnvelope(by.text, limits.jsonValuesMax);
    try {
      const event = await this.#verifyCharged(envelope, by);
      const outcome = await this.#take(event, this.#deps.pace.load([event]), [], by, true);
      const answered = answer(202, this.#answerTo(event, outcome, by));
      this.#note(envelope, by, 202);
      return answered;
    } catch (error) {
      this.#note(envelope, by, error instanceof ProtocolError ? error.status : 500);
      throw error;
    }
  }

  #note({ event_id }: Envelope, by: Authenticated, status: number): void {
    const ending = status < 400 ? 'stored' : isTransient({ status }) ? 'failed' : 'refused';
    this.#order.note(by.origin, event_id, ending);
  }

  /** Throws ProtocolError for the whole request. A fault of one event is in its result. */
  async many(by: Authenticated): Promise<FederationAnswer> {
    const entries = readBatch(by.text);
    this.#deps.meter.together('received', entries.length);
    const looked = await Promise.all(entries.map((entry, at) => this.#look(entry, at, by)));
    const together = this.#paceOf(...looked.map(({ seen }) => seen));
    const results: (BatchResult | Promise<BatchResult>)[] = [];
    /** Says for each room why an event has to be sent again. Later ones of that room wait for it, to keep the order. */
    const waiting = new Map<string, ProtocolError>();
    let isFirst = true;
    for (const [at, { envelope, seen }] of looked.entries()) {
      let one = seen;
      const room = envelope?.room_id ?? '';
      const before = waiting.get(room);
      // An earlier event of this request may have made its origin known.
      if (envelope && !before && 'error' in one && one.error.details?.reason === 'origin_unknown' && at > 0) {
        await Promise.all(results);
        one = await this.#verify(envelope, by);
      }
      try {
        if (before) throw before;
        const after = entries[at]?.after ?? null;
        if (envelope && after !== null && !(await this.#order.isOver(by.origin, after)))
          throw tooEarly(after);
        if ('error' in one) throw one.error;
        const { event } = one;
        // An event that is verified only now, which is rare, is loaded on its own.
        const loaded = one === seen ? together : this.#paceOf(one);
        const taken = this.#take(event, loaded, entries[at]?.sentTo ?? [], by, isFirst);
        isFirst = false;
        const result = taken.then((outcome) => this.#resultOf(event, outcome, by));
        result.then(
          ({ status }) => this.#note(event.envelope, by, status),
          () => this.#note(event.envelope, by, 500),
        );
        results.push(result);
      } catch (error) {
        if (!(error instanceof ProtocolError)) {
          await Promise.allSettled(results);
          throw error;
        }
        if (isTransient(error)) waiting.set(room, error);
        if (envelope) this.#note(envelope, by, error.status);
        results.push(refused(error));
      }
    }
    return { status: 200, body: writeBatchResults(await Promise.all(results)) };
  }

  async #look(
    entry: BatchEntry,
    at: number,
    by: Authenticated,
  ): Promise<{ readonly envelope: Envelope | null; readonly seen: Looked }> {
    let envelope: Envelope | null = null;
    try {
      envelope = envelopeFrom(entry.event);
      // The request itself counted as one.
      if (at > 0) this.#deps.authenticator.checkRate(by.origin);
    } catch (error) {
      return { envelope, seen: { error: protocolError(error) } };
    }
    return { envelope, seen: await this.#verify(envelope, by) };
  }

  async #verify(envelope: Envelope, by: Authenticated): Promise<Looked> {
    try {
      return { event: await this.#verifyCharged(envelope, by) };
    } catch (error) {
      return { error: protocolError(error) };
    }
  }

  /** Each signature may have to be verified, and one is in the price of the request or event. */
  #verifyCharged(envelope: Envelope, by: Authenticated): Promise<VerifiedEvent> {
    const { verifier, budgets } = this.#deps;
    budgets.chargeWork(by.origin, Math.max(0, envelope.signatures.size - 1));
    return verifier.verify(envelope, by.origin);
  }

  #paceOf(...looked: readonly Looked[]): PaceFacts {
    return this.#deps.pace.load(looked.flatMap((each) => ('event' in each ? [each.event] : [])));
  }

  /** Throws at once if the event comes too fast. `remembers`: also stores the request's signature against replay. */
  #take(
    event: VerifiedEvent,
    loaded: PaceFacts,
    sentTo: readonly string[],
    by: Authenticated,
    remembers: boolean,
  ): Promise<IngestOutcome> {
    const { pace, budgets, ingest } = this.#deps;
    pace.check(event, loaded);
    budgets.chargeWork(by.origin, workOf(event.meaning));
    const taken = ingest.ingest(event, {
      // The origin alone can say where its event went; another hop could keep it from members.
      sentTo: event.envelope.origin_server === by.origin ? sentTo : [],
      ...(remembers ? { replaySignature: by.signature } : {}),
    });
    return taken.then((outcome) => {
      // In a large room, passing an event on is by far the most work that it makes.
      if (outcome.kind === 'inserted') budgets.chargeWork(by.origin, outcome.destinations.length);
      return outcome;
    });
  }

  #resultOf(event: VerifiedEvent, outcome: IngestOutcome, by: Authenticated): BatchResult {
    try {
      const body = JSON.stringify(this.#answerTo(event, outcome, by));
      return { status: 202, retryAfterSeconds: null, body };
    } catch (error) {
      return refused(protocolError(error));
    }
  }

  #answerTo({ envelope }: VerifiedEvent, outcome: IngestOutcome, by: Authenticated): object {
    const { event_id, origin_server: origin } = envelope;
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind === 'held')
      throw forbidden(said('wire.held', { server: by.quarantined ? by.origin : origin }), {
        reason: 'origin_quarantined',
        scope: 'event',
        held: true,
      });
    if (origin === by.origin) this.#deps.directory.notePushed(by.origin);
    return { event_id, inserted: outcome.kind === 'inserted' };
  }
}

/** The sender keeps the event and sends it again. */
const isTransient = ({ status }: Pick<ProtocolError, 'status'>): boolean => status === 429 || status >= 500;

const tooEarly = (after: string): ProtocolError =>
  refusal('SERVICE_UNAVAILABLE', said('wire.too_early', { event: after }), {
    details: { reason: 'too_early' },
  });

/** Anything else is a bug or a full disk, and fails the whole request. */
function protocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  throw error;
}

function refused(error: ProtocolError): BatchResult {
  const { status, body } = errorBody(error);
  return { status, retryAfterSeconds: error.retryAfterSeconds ?? null, body: JSON.stringify(body) };
}

/** An event that makes us look at others costs more than a message. */
const workOf = ({ kind }: Meaning): number =>
  kind === 'membership' || kind === 'room' || kind === 'delete' || kind === 'delete-channel' ? changeWork : 1;
