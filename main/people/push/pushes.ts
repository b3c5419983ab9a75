import { createHmac } from 'node:crypto';
import { eventsReadMax, notifiedOf } from '../../../shared/api/message-news.ts';
import { isQuiet } from '../../../shared/api/quiet-hours.ts';
import type { NoPush, PushView } from '../../../shared/api/views/people-views.ts';
import type { Sayable } from '../../../shared/words/in-words.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { type Said, said } from '../../../shared/words/said.ts';
import { chooseLocale } from '../../../shared/words/words.ts';
import type { Http } from '../../client/http.ts';
import { arePushKeys, newPushSender, type PushSender, pushSender } from '../../crypto/web-push.ts';
import { wordsOf } from '../../events/projection/stored.ts';
import type { Tell } from '../../facts.ts';
import type { Clock, Random } from '../../kernel/ports.ts';
import type { ReadState } from '../../rooms/read-state.ts';
import type { Tables } from '../../store/ports.ts';
import type { AccountSessionRow } from '../../store/tables/account-store.ts';
import type { EventRow } from '../../store/tables/rooms/event-store.ts';
import type { Accounts } from '../accounts.ts';
import type { Outcome } from './push-answer.ts';
import { type Push, PushQueue } from './push-queue.ts';
import { type PushState, readPush, type Subscription, subscriptionIn } from './push-state.ts';
import { messagePush, testPush } from './push-words.ts';

/** Messages within this time make one notification, and what was read meanwhile makes none. */
const gatherMs = 2_000;
/** A message that could not be pushed within a day is found in the app. */
const messageMs = 86_400_000;
const testMs = 300_000;
/** A device is tested again after this. */
const testGapMs = 10_000;
const senderKey = 'push_sender';

interface Deps {
  readonly store: Tables<
    'accountSessions' | 'accounts' | 'events' | 'meta' | 'reads' | 'rooms' | 'users' | 'writer'
  >;
  readonly accounts: Pick<Accounts, 'devices' | 'isLive'>;
  readonly readState: Pick<ReadState, 'unread' | 'totalOf'>;
  readonly http: Pick<Http, 'request'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  readonly log: { error(details: object, message: string): void };
  readonly entranceUrl: () => string | null;
}

interface Test {
  readonly id: string;
  readonly made_at: number;
  accepted_at: number | null;
  shown_at: number | null;
  problem: Said | null;
}

/** The measurements of a device since the node started. */
interface Measured {
  accepted_at: number | null;
  problem: Said | null;
  test: Test | null;
}

/** Notifies people's devices of new messages while no page of theirs shows them, by the push services of their browsers. */
export class Pushes {
  readonly #deps: Deps;
  readonly #queue: PushQueue;
  readonly #gathered = new Map<string, string[]>();
  readonly #measured = new Map<string, Measured>();
  /** The devices that are notified; null until they were read. */
  #devices: Map<string, AccountSessionRow> | null = null;
  #sender: PushSender | null = null;
  #cancel: (() => void) | null = null;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#queue = new PushQueue({
      ...deps,
      sender: () => this.#known(),
      contact: () => deps.entranceUrl() ?? 'https://paracord.invalid',
      subscription: (device) => this.#subscription(device),
      user: (device) => deps.store.accountSessions.byId(device)?.user_id,
      settled: (device, push, outcome) => this.#settled(device, push, outcome),
    });
  }

  /** The public key by which push services recognize this server. */
  async key(): Promise<string> {
    const { store } = this.#deps;
    if (this.#sender === null && store.meta.get(senderKey) === undefined) {
      const made = newPushSender();
      await store.writer.write(() => {
        if (store.meta.get(senderKey) === undefined) store.meta.put(senderKey, made.secret);
      });
    }
    return this.#known().publicKey;
  }

  #known(): PushSender {
    this.#sender ??= pushSender(this.#deps.store.meta.get(senderKey) ?? '');
    return this.#sender;
  }

  /** BAD_REQUEST for keys that nothing can be encrypted for. */
  async turnOn(device: string | undefined, given: Subscription): Promise<void> {
    if (!arePushKeys(given)) throw refusal('BAD_REQUEST', said('people.push_keys'));
    await this.key();
    await this.#save(device, { ...given, language: chooseLocale([given.language]) });
  }

  async turnOff(device: string | undefined, why: NoPush): Promise<void> {
    await this.#save(device, { off: why });
  }

  /** CONFLICT for a caller without a device, such as the owner's console. */
  async #save(device: string | undefined, push: PushState): Promise<void> {
    const { store, tell } = this.#deps;
    const row = device === undefined ? undefined : store.accountSessions.byId(device);
    if (device === undefined || !row) throw refusal('CONFLICT', said('people.push_here'));
    const text = JSON.stringify(push);
    if (row.push === text) return;
    await store.writer.write((tx) => {
      store.accountSessions.setPush(device, text, 'endpoint' in push ? push.endpoint : null);
      tx.afterCommit(() => {
        this.#devices = null;
        this.#measured.delete(device);
        tell({ fact: 'account-changed', userId: row.user_id });
      });
    });
  }

  /** CONFLICT if the device is not notified; RATE_LIMITED while an earlier test runs. */
  async test(user: string, device: string): Promise<void> {
    const { accounts, clock, random, readState } = this.#deps;
    const row = accounts.devices(user).find(({ id }) => id === device);
    if (!row) throw refusal('NOT_FOUND', said('people.no_device', { id: device }));
    const to = subscriptionIn(row.push);
    if (to === null) throw refusal('CONFLICT', said('people.push_off'));
    const now = clock.now();
    const measured = this.#measuredOf(device);
    const seconds = Math.ceil(((measured.test?.made_at ?? -Infinity) + testGapMs - now) / 1000);
    if (seconds > 0)
      throw refusal('RATE_LIMITED', said('people.push_wait', { seconds }), { retryAfterSeconds: seconds });
    const id = random.bytes(8).toString('hex');
    measured.test = { id, made_at: now, accepted_at: null, shown_at: null, problem: null };
    const { unread } = await readState.totalOf(user);
    const text = testPush(to.language, id, unread);
    this.#queue.add(device, { topic: topicOf(to, 'test'), text, until: now + testMs });
    this.#changed(user);
  }

  /** A device showed a test. Reports about others, or that come twice, change nothing. */
  async shown(device: string | undefined, test: string): Promise<void> {
    const { store, clock } = this.#deps;
    const found = device === undefined ? undefined : this.#measured.get(device)?.test;
    if (device === undefined || found?.id !== test || found.shown_at !== null) return;
    const now = clock.now();
    found.shown_at = now;
    await store.writer.write((tx) => {
      store.accountSessions.pushShown(device, now);
      tx.afterCommit(() => this.#changed(store.accountSessions.byId(device)?.user_id));
    });
  }

  /** What a device's owner sees about it. */
  view({ id, push: stored, user_id }: AccountSessionRow): Sayable<PushView> {
    const { clock, store } = this.#deps;
    const push = readPush(stored);
    const on = subscriptionIn(stored);
    const { accepted_at = null, problem = null, test = null } = this.#measured.get(id) ?? {};
    return {
      state: push === null ? 'unknown' : 'off' in push ? push.off : 'on',
      shows_text: on?.shows_text ?? false,
      quiet_hours: on?.quiet_hours ?? null,
      is_quiet_now: isQuiet(on?.quiet_hours ?? null, new Date(clock.now()), on?.time_zone),
      muted_rooms: store.reads.mutedOf(user_id),
      accepted_at,
      problem,
      test:
        test === null
          ? null
          : {
              made_at: test.made_at,
              accepted_at: test.accepted_at,
              shown_at: test.shown_at,
              problem: test.problem,
            },
    };
  }

  /** A message is stored in a room. */
  note(roomId: string, eventId: string): void {
    if (this.#pushed.size === 0) return;
    const events = this.#gathered.get(roomId) ?? [];
    if (events.length <= eventsReadMax) events.push(eventId);
    this.#gathered.set(roomId, events);
    this.#cancel ??= this.#deps.clock.after(gatherMs, () => {
      this.#cancel = null;
      const rooms = [...this.#gathered];
      this.#gathered.clear();
      for (const [room, events] of rooms)
        void this.#notify(room, events).catch((error) =>
          this.#deps.log.error({ err: error }, 'people could not be notified'),
        );
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#queue.stop();
  }

  /** Somebody's devices have changed. */
  forget(): void {
    this.#devices = null;
    for (const device of this.#measured.keys())
      if (this.#deps.store.accountSessions.byId(device) === undefined) this.#measured.delete(device);
  }

  get #pushed(): Map<string, AccountSessionRow> {
    this.#devices ??= new Map(this.#deps.store.accountSessions.pushed().map((row) => [row.id, row]));
    return this.#devices;
  }

  async #notify(roomId: string, eventIds: readonly string[]): Promise<void> {
    const { store, clock, readState } = this.#deps;
    const room = store.rooms.room(roomId);
    if (room === undefined) return;
    const events = eventIds.flatMap((id) => store.events.byId(id) ?? []);
    const byUser = Map.groupBy(this.#pushed.values(), ({ user_id }) => user_id);
    const now = clock.now();
    for (const [user, devices] of byUser) {
      // People who aren't in the room, to whom it is closed, or who have read it elsewhere have nothing unread in it.
      if (readState.unread(user, roomId).every(({ unread }) => unread === 0)) continue;
      const { unread } = await readState.totalOf(user);
      for (const { id } of devices) {
        const to = this.#subscription(id);
        if (to === null) continue;
        const senders = notifiedOf(
          user,
          events.map(({ sender }) => sender),
          {
            isJoined: true,
            isMuted: store.reads.isMuted(user, roomId),
            isQuiet: isQuiet(to.quiet_hours, new Date(now), to.time_zone),
          },
        );
        if (senders.length === 0) continue;
        const newest = to.shows_text ? events.findLast(({ sender }) => sender !== user) : undefined;
        const text = messagePush(to.language, {
          roomId,
          room: room.name,
          unread,
          more: eventIds.length > eventsReadMax,
          senders: senders.map((each) => this.#nameOf(each)),
          text: newest ? this.#textOf(newest) : null,
        });
        this.#queue.add(id, { topic: topicOf(to, roomId), text, until: now + messageMs });
      }
    }
  }

  #textOf({ sender, body }: EventRow): { sender: string; body: string } | null {
    const words = wordsOf(body);
    return words === null ? null : { sender: this.#nameOf(sender), body: words };
  }

  #nameOf(user: string): string {
    return this.#deps.store.users.byUserId(user)?.display_name ?? user;
  }

  /** Read again for each message: a device that was logged out, or whose person was removed, gets nothing. */
  #subscription(device: string): Subscription | null {
    const { store, accounts } = this.#deps;
    const row = store.accountSessions.byId(device);
    return row && accounts.isLive(row) ? subscriptionIn(row.push) : null;
  }

  #settled(device: string, push: Push, outcome: Outcome): void {
    const { store, clock, log } = this.#deps;
    const row = store.accountSessions.byId(device);
    if (!row) return;
    const to = subscriptionIn(row.push);
    const measured = this.#measuredOf(device);
    const test = to !== null && push.topic === topicOf(to, 'test') ? measured.test : null;
    if (outcome.kind === 'accepted') measured.accepted_at = clock.now();
    measured.problem = outcome.kind === 'accepted' ? null : outcome.why;
    if (test !== null) {
      test.problem = measured.problem;
      if (outcome.kind === 'accepted') test.accepted_at = clock.now();
    }
    if (outcome.kind === 'gone')
      store.writer
        .write((tx) => {
          // The device may have a new subscription by now.
          if (store.accountSessions.byId(device)?.push !== row.push) return;
          store.accountSessions.setPush(device, JSON.stringify({ off: 'gone' } satisfies PushState), null);
          tx.afterCommit(() => this.#changed(row.user_id));
        })
        .catch((error) => log.error({ err: error }, 'a subscription that has ended could not be removed'));
    else if (test !== null || outcome.kind !== 'accepted') this.#changed(row.user_id);
  }

  #measuredOf(device: string): Measured {
    const measured = this.#measured.get(device) ?? { accepted_at: null, problem: null, test: null };
    this.#measured.set(device, measured);
    return measured;
  }

  #changed(userId: string | undefined): void {
    if (userId !== undefined) this.#deps.tell({ fact: 'account-changed', userId });
  }
}

/** The push service learns from it which messages replace each other, and not which room it is. */
const topicOf = ({ auth }: Subscription, about: string): string =>
  createHmac('sha256', auth).update(about).digest('base64url').slice(0, 32);
