import { said } from '../../../shared/words/said.ts';
import type { Http } from '../../client/http.ts';
import { encryptPush, type PushSender, pushAuthorization } from '../../crypto/web-push.ts';
import type { Clock, Random } from '../../kernel/ports.ts';
import { type Outcome, outcomeOf } from './push-answer.ts';
import type { Subscription } from './push-state.ts';

/** A message for one device. */
export interface Push {
  /** A newer message for the same device replaces it, here and at the push service. */
  readonly topic: string;
  /** The events it tells of. Those of a message that waits join the one that replaces it. */
  readonly events: readonly string[];
  /** The message is not sent after this; unix ms. */
  readonly until: number;
  /** The test that it is; null for a message. */
  readonly test: string | null;
  /** Made right before it is sent; null if none of it is wanted any more. */
  readonly text: (events: readonly string[]) => Promise<string | null>;
}

interface Waiting {
  readonly push: Push;
  tries: number;
}

interface QueueDeps {
  readonly http: Pick<Http, 'request'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly sender: () => PushSender;
  /** Returns the address at which the operator of a push service finds us. */
  readonly contact: () => string;
  /** How the device is reached now; null if it is not to be notified any more. */
  readonly subscription: (device: string) => Subscription | null;
  readonly user: (device: string) => string | undefined;
  /** Null: it was not sent, because it isn't wanted any more. */
  readonly settled: (device: string, push: Push, outcome: Outcome | null) => void;
  readonly log: { error(details: object, message: string): void };
}

/** Messages that wait for one device. */
interface Lane {
  readonly waiting: Map<string, Waiting>;
  isBusy: boolean;
  /** The service asked to wait until then. */
  notBefore: number;
  cancel: () => void;
}

/** Requests under way: an endpoint that hangs takes nothing from the devices of others. */
const underWayMax = { total: 32, perUser: 4 };
const waitingMax = 32;
/** A message tells of no more events than this. */
const eventsMax = 200;
const lanesMax = 4_096;
const timeoutMs = 15_000;
const answerBytesMax = 4_096;
const tokenMs = 12 * 3_600_000;
/** Every message is padded to this size: the service sees how many there are, and not how long. */
const textBytes = 2_048;

/** Sends messages to push services, one at a time for each device. The address of a service was given by a stranger. */
export class PushQueue {
  readonly #deps: QueueDeps;
  readonly #lanes = new Map<string, Lane>();
  readonly #underWay = new Map<string, number>();
  readonly #ended = new AbortController();

  constructor(deps: QueueDeps) {
    this.#deps = deps;
  }

  add(device: string, push: Push): void {
    let lane = this.#lanes.get(device);
    if (lane === undefined) {
      if (this.#lanes.size >= lanesMax) return;
      lane = { waiting: new Map(), isBusy: false, notBefore: 0, cancel: () => {} };
      this.#lanes.set(device, lane);
    }
    const before = lane.waiting.get(push.topic)?.push.events ?? [];
    lane.waiting.delete(push.topic);
    // After a start, the round that looks back and the next one may both find a message.
    const events = [...new Set([...before, ...push.events])].slice(-eventsMax);
    lane.waiting.set(push.topic, { push: { ...push, events }, tries: 0 });
    const [[oldest] = []] = lane.waiting;
    if (lane.waiting.size > waitingMax && oldest !== undefined) lane.waiting.delete(oldest);
    this.#pump();
  }

  /** Whether messages wait for a device, or are being sent. */
  waits(device: string): boolean {
    return (this.#lanes.get(device)?.waiting.size ?? 0) > 0;
  }

  stop(): void {
    this.#ended.abort();
    for (const { cancel } of this.#lanes.values()) cancel();
    this.#lanes.clear();
  }

  #pump(): void {
    const { clock, user } = this.#deps;
    for (const [device, lane] of this.#lanes) {
      const total = this.#underWay.values().reduce((sum, each) => sum + each, 0);
      if (total >= underWayMax.total) return;
      if (lane.isBusy || lane.notBefore > clock.now()) continue;
      const [next] = lane.waiting.values();
      if (next === undefined) this.#lanes.delete(device);
      else {
        const owner = user(device) ?? '';
        if ((this.#underWay.get(owner) ?? 0) < underWayMax.perUser)
          void this.#send(device, owner, lane, next);
      }
    }
  }

  async #send(device: string, owner: string, lane: Lane, next: Waiting): Promise<void> {
    const { log, clock, settled } = this.#deps;
    lane.isBusy = true;
    this.#underWay.set(owner, (this.#underWay.get(owner) ?? 0) + 1);
    next.tries++;
    try {
      const text = await next.push.text(next.push.events);
      const to = this.#deps.subscription(device);
      const outcome = to === null || text === null ? null : await this.#outcome(to, next, text);
      if (this.#ended.signal.aborted) return;
      if (to === null || outcome?.kind === 'gone') lane.waiting.clear();
      else if (outcome?.kind === 'later') this.#wait(lane, clock.now() + outcome.afterMs);
      else told(lane, next);
      settled(device, next.push, outcome);
    } catch (error) {
      told(lane, next);
      log.error({ err: error }, 'a push message could not be sent');
    } finally {
      lane.isBusy = false;
      const left = (this.#underWay.get(owner) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(owner);
      else this.#underWay.set(owner, left);
      if (!this.#ended.signal.aborted) this.#pump();
    }
  }

  #wait(lane: Lane, until: number): void {
    lane.notBefore = until;
    lane.cancel();
    lane.cancel = this.#deps.clock.after(until - this.#deps.clock.now(), () => this.#pump());
  }

  async #outcome(to: Subscription, { push, tries }: Waiting, text: string): Promise<Outcome> {
    const { http, clock, random, sender, contact } = this.#deps;
    const now = clock.now();
    const { origin: audience, host } = new URL(to.endpoint);
    if (push.until <= now) return { kind: 'refused', why: said('people.push_late', { service: host }) };
    const bytes = encryptPush(text, to, (length) => random.bytes(length), textBytes);
    const result = await http.request({
      method: 'POST',
      url: to.endpoint,
      headers: {
        authorization: pushAuthorization(sender(), {
          audience,
          contact: contact(),
          expiresAt: now + tokenMs,
        }),
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
        ttl: String(Math.ceil((push.until - now) / 1000)),
        topic: push.topic,
        // A phone that sleeps wakes up for nothing less, and each of these is shown.
        urgency: 'high',
      },
      body: null,
      bytes,
      policy: { byOwner: false, tlsSha256: null },
      signal: this.#ended.signal,
      timeoutMs,
      answerBytesMax,
    });
    return outcomeOf(result, host, tries, clock.now());
  }
}

/** Nothing more is sent of this message. One that replaced it meanwhile tells of the rest. */
function told({ waiting }: Lane, done: Waiting): void {
  const { topic, events } = done.push;
  const now = waiting.get(topic);
  if (now === done) waiting.delete(topic);
  else if (now) {
    const push = { ...now.push, events: now.push.events.filter((id) => !events.includes(id)) };
    waiting.set(topic, { push, tries: now.tries });
  }
}
