import { createHmac } from 'node:crypto';
import type { Input } from '../../../shared/api/contract.ts';
import { eventsReadMax } from '../../../shared/api/message-news.ts';
import { isQuiet } from '../../../shared/api/quiet-hours.ts';
import type { NoPush, PushView } from '../../../shared/api/views/people-views.ts';
import { parseUserId } from '../../../shared/protocol/identifiers.ts';
import type { Sayable } from '../../../shared/words/in-words.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { chooseLocale } from '../../../shared/words/words.ts';
import type { Http } from '../../client/http.ts';
import { arePushKeys, newPushSender, type PushSender, pushSender } from '../../crypto/web-push.ts';
import { filesIn, nameIn, wordsOf } from '../../events/projection/stored.ts';
import type { Tell } from '../../facts.ts';
import type { Keyring } from '../../identity/keyring.ts';
import type { Clock, Random } from '../../kernel/ports.ts';
import type { ReadState } from '../../rooms/read-state.ts';
import type { Tables } from '../../store/ports.ts';
import type { AccountSessionRow } from '../../store/tables/account-store.ts';
import type { EventRow } from '../../store/tables/rooms/event-store.ts';
import type { RoomRow } from '../../store/tables/rooms/room-store.ts';
import type { Accounts } from '../accounts.ts';
import type { Outcome } from './push-answer.ts';
import { type Push, PushQueue } from './push-queue.ts';
import {
  type Address,
  choiceIn,
  type Measured,
  type PushState,
  readMeasured,
  readPush,
  type Subscription,
  subscriptionIn,
} from './push-state.ts';
import { messagePush, testPush } from './push-words.ts';

/** Messages within this time make one notification, and what was read meanwhile makes none. */
const gatherMs = 2_000;
/** A message that could not be pushed within a day is found in the app. */
const messageMs = 86_400_000;
const testMs = 300_000;
/** A device is tested again after this. */
const testGapMs = 10_000;
const senderKey = 'push_sender';
/** The place in arrival order after which people's devices were not notified yet. */
const markKey = 'push_mark';

interface Deps {
  readonly store: Tables<
    'accountSessions' | 'accounts' | 'events' | 'meta' | 'reads' | 'rooms' | 'users' | 'writer'
  >;
  readonly accounts: Pick<Accounts, 'devices' | 'isLive'>;
  readonly readState: Pick<ReadState, 'unread' | 'totalOf'>;
  readonly http: Pick<Http, 'request'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  readonly log: { error(details: object, message: string): void };
  readonly entranceUrl: () => string | null;
}

/**
 * Notifies people's devices of new messages while no page of theirs shows them, by the push services of their browsers.
 * Waiting messages are only in memory. A mark for all devices, and one for each that something waits for, say where a
 * start goes on.
 */
export class Pushes {
  readonly #deps: Deps;
  readonly #queue: PushQueue;
  readonly #gathered = new Map<string, string[]>();
  /** The devices that are notified; null until they were read. */
  #devices: Map<string, AccountSessionRow> | null = null;
  #sender: PushSender | null = null;
  #cancel: (() => void) | null = null;
  /** Rounds run one after the other. */
  #rounds = Promise.resolve();
  /** The number stored under `markKey`; null before the start. */
  #mark: number | null = null;

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

  /** BAD_REQUEST for keys that can't encrypt anything. Other choices stay as they were. */
  async turnOn(
    device: string | undefined,
    { shows_text, quiet_hours, ...given }: Omit<Input<'turnPushOn'>, 'this_device' | 'as'>,
  ): Promise<void> {
    refuseBadKeys(given);
    await this.key();
    await this.#save(device, (before) => {
      const chosen = choiceIn(before);
      return {
        ...given,
        language: chooseLocale([given.language]),
        shows_text: shows_text ?? chosen?.shows_text ?? false,
        quiet_hours: quiet_hours === undefined ? (chosen?.quiet_hours ?? null) : quiet_hours,
      };
    });
  }

  /** Takes a new address from the worker of a device. CONFLICT unless its user wants to be notified there. */
  async renew(device: string | undefined, given: Address): Promise<void> {
    refuseBadKeys(given);
    await this.#save(device, (before) => {
      const chosen = choiceIn(before);
      if (chosen === null || (before !== null && 'off' in before && before.off === 'off'))
        throw refusal('CONFLICT', said('people.push_off'));
      return { ...given, ...chosen };
    });
  }

  async turnOff(device: string | undefined, why: NoPush): Promise<void> {
    await this.#save(device, (before) => ({ off: why, chosen: choiceIn(before) }));
  }

  /** CONFLICT for a caller without a device, such as the owner's console. */
  async #save(device: string | undefined, change: (before: PushState | null) => PushState): Promise<void> {
    const { store, tell } = this.#deps;
    const row = device === undefined ? undefined : store.accountSessions.byId(device);
    if (device === undefined || !row) throw refusal('CONFLICT', said('people.push_here'));
    const push = change(readPush(row.push));
    const text = JSON.stringify(push);
    if (row.push === text) return;
    const endpoint = 'endpoint' in push ? push.endpoint : null;
    await store.writer.write((tx) => {
      // Nothing that arrived while nobody was notified is news.
      if (endpoint !== null && store.accountSessions.pushed().length === 0)
        this.#setMark(store.events.lastSeq());
      store.accountSessions.setPush(device, text, endpoint);
      if (subscriptionIn(row.push)?.endpoint !== endpoint)
        this.#measure(device, ({ behind }) => ({
          ...readMeasured(null),
          behind: endpoint === null ? null : behind,
        }));
      tx.afterCommit(() => {
        this.#devices = null;
        tell({ fact: 'account-changed', userId: row.user_id });
      });
    });
  }

  /** CONFLICT if the device is not notified; RATE_LIMITED while an earlier test runs. */
  async test(user: string, device: string): Promise<void> {
    const { accounts, clock, random, store } = this.#deps;
    const row = accounts.devices(user).find(({ id }) => id === device);
    if (!row) throw refusal('NOT_FOUND', said('people.no_device', { id: device }));
    if (subscriptionIn(row.push) === null) throw refusal('CONFLICT', said('people.push_off'));
    const now = clock.now();
    const last = readMeasured(row.push_measured).test?.made_at ?? -Infinity;
    const seconds = Math.ceil((last + testGapMs - now) / 1000);
    if (seconds > 0)
      throw refusal('RATE_LIMITED', said('people.push_wait', { seconds }), { retryAfterSeconds: seconds });
    const id = random.bytes(8).toString('hex');
    const test = { id, made_at: now, accepted_at: null, shown_at: null, problem: null };
    await store.writer.write(() => this.#measure(device, (measured) => ({ ...measured, test })));
    this.#sendTest(device);
    this.#changed(user);
  }

  /** Sends the last test of a device, unless it was accepted or is too old. */
  #sendTest(device: string): void {
    const { store, clock, readState } = this.#deps;
    const row = store.accountSessions.byId(device);
    const to = this.#subscription(device);
    const test = readMeasured(row?.push_measured ?? null).test;
    if (!row || to === null || test === null || test.accepted_at !== null) return;
    const until = test.made_at + testMs;
    if (until <= clock.now()) return;
    this.#queue.add(device, {
      topic: topicOf(to, 'test'),
      events: [],
      until,
      test: test.id,
      text: async () => testPush(to.language, test.id, (await readState.totalOf(row.user_id)).unread),
    });
  }

  /** A device showed a test. Reports about others, or that come twice, change nothing. */
  async shown(device: string | undefined, id: string): Promise<void> {
    const { store, clock } = this.#deps;
    if (device === undefined) return;
    await store.writer.write((tx) => {
      const row = store.accountSessions.byId(device);
      const { test, ...measured } = readMeasured(row?.push_measured ?? null);
      if (test?.id !== id || test.shown_at !== null) return;
      const now = clock.now();
      store.accountSessions.pushShown(device, now);
      this.#measure(device, () => ({ ...measured, test: { ...test, shown_at: now } }));
      tx.afterCommit(() => this.#changed(row?.user_id));
    });
  }

  /** Returns a device's state as its owner sees it. */
  view({ push: stored, push_measured, user_id }: AccountSessionRow): Sayable<PushView> {
    const { clock, store } = this.#deps;
    const push = readPush(stored);
    const { accepted_at, problem, test } = readMeasured(push_measured);
    const { time_zone, shows_text = false, quiet_hours = null } = choiceIn(push) ?? {};
    return {
      state: push === null ? 'unknown' : 'off' in push ? push.off : 'on',
      shows_text,
      quiet_hours,
      is_quiet_now: isQuiet(quiet_hours, new Date(clock.now()), time_zone),
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

  /** Notifies of what the previous run of the node left: messages that are still unread, and tests. */
  start(): void {
    const { store, clock } = this.#deps;
    const mark = Number(store.meta.get(markKey) ?? store.events.lastSeq());
    this.#mark = mark;
    this.#round(store.events.lastSeq(), async (waiting) => {
      for (const { id, user_id, push_measured } of this.#pushed.values()) {
        const { behind } = readMeasured(push_measured);
        const unread = store.reads.unreadSince(user_id, behind ?? mark, clock.now() - messageMs);
        const pushes: Push[] = [];
        for (const [roomId, rows] of Map.groupBy(unread, (row) => row.room_id)) {
          const events = rows.slice(-eventsReadMax - 1).map(({ event_id }) => event_id);
          const push = this.#pushOf(id, user_id, roomId, events);
          if (push !== null) pushes.push(push);
        }
        if (behind !== null && pushes.length === 0)
          await store.writer.write(() => this.#measure(id, (measured) => ({ ...measured, behind: null })));
        waiting.push(...pushes.map((push): [string, Push] => [id, push]));
        this.#sendTest(id);
      }
    });
  }

  /** A message is stored in a room. */
  note(roomId: string, eventId: string): void {
    if (this.#mark === null || this.#pushed.size === 0) return;
    const events = this.#gathered.get(roomId) ?? [];
    if (events.length <= eventsReadMax) events.push(eventId);
    this.#gathered.set(roomId, events);
    this.#cancel ??= this.#deps.clock.after(gatherMs, () => {
      this.#cancel = null;
      const rooms = [...this.#gathered];
      this.#gathered.clear();
      const { keyring, store } = this.#deps;
      this.#round(store.events.lastSeq(), async (waiting) => {
        for (const [room, events] of rooms) {
          const members = new Set(store.rooms.joined(room, keyring.serverName));
          for (const { id, user_id } of this.#pushed.values()) {
            if (!members.has(user_id)) continue;
            const push = this.#pushOf(id, user_id, room, events);
            if (push !== null) waiting.push([id, push]);
          }
        }
      });
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#queue.stop();
  }

  /** Somebody's devices have changed. */
  forget(): void {
    this.#devices = null;
  }

  get #pushed(): Map<string, AccountSessionRow> {
    this.#devices ??= new Map(this.#deps.store.accountSessions.pushed().map((row) => [row.id, row]));
    return this.#devices;
  }

  /** Decides about everything up to this place in arrival order. */
  #round(upTo: number, decide: (waiting: [device: string, push: Push][]) => Promise<void>): void {
    const { store, log } = this.#deps;
    const run = async () => {
      const waiting: [string, Push][] = [];
      await decide(waiting);
      for (const [device, push] of waiting) this.#queue.add(device, push);
      await store.writer.write(() => {
        const before = this.#mark;
        this.#setMark(upTo);
        for (const [device] of waiting)
          if (this.#queue.waits(device))
            this.#measure(device, (measured) => ({ ...measured, behind: measured.behind ?? before }));
      });
    };
    this.#rounds = this.#rounds
      .then(run)
      .catch((error) => log.error({ err: error }, 'people could not be notified'));
  }

  /** Runs in a transaction. */
  #setMark(seq: number): void {
    this.#mark = seq;
    this.#deps.store.meta.put(markKey, String(seq));
  }

  /** Null if the device is not notified of them. */
  #pushOf(device: string, user: string, roomId: string, events: readonly string[]): Push | null {
    const to = this.#subscription(device);
    const newest = this.#newsOf(device, user, roomId, events).at(-1);
    if (to === null || newest === undefined) return null;
    return {
      topic: topicOf(to, roomId),
      events,
      until: Math.min(newest.received_at, this.#deps.clock.now()) + messageMs,
      test: null,
      text: (now) => this.#textOf(device, user, roomId, now),
    };
  }

  /** Returns the events that are news to the device, the newest last. */
  #newsOf(device: string, user: string, roomId: string, events: readonly string[]): EventRow[] {
    if (!this.#isWanted(device, user, roomId)) return [];
    const { store } = this.#deps;
    return events
      .flatMap((id) => store.events.byId(id) ?? [])
      .filter(({ sender, seq }) => sender !== user && store.reads.isUnread(user, seq));
  }

  async #textOf(
    device: string,
    user: string,
    roomId: string,
    events: readonly string[],
  ): Promise<string | null> {
    const { store, readState } = this.#deps;
    const { unread } = await readState.totalOf(user);
    const to = this.#subscription(device);
    const room = store.rooms.room(roomId);
    const news = this.#newsOf(device, user, roomId, events);
    if (to === null || room === undefined || news.length === 0) return null;
    return messagePush(to.language, {
      roomId,
      room: this.#titleOf(room, user),
      unread,
      more: news.length > eventsReadMax,
      messages: news.map(({ sender, body }) => ({
        sender: this.#nameOf(sender),
        text: wordsOf(body),
        types: filesIn(body).map(({ type }) => type),
      })),
      showsText: to.shows_text,
    });
  }

  /** People who aren't in the room, to whom it is closed, or who have read it elsewhere have nothing unread in it. */
  #isWanted(device: string, user: string, roomId: string): boolean {
    const { store, clock, readState } = this.#deps;
    const to = this.#subscription(device);
    return (
      to !== null &&
      !store.reads.isMuted(user, roomId) &&
      !isQuiet(to.quiet_hours, new Date(clock.now()), to.time_zone) &&
      readState.unread(user, roomId).some(({ unread }) => unread > 0)
    );
  }

  /** The name of the other one for a direct chat. */
  #titleOf({ name, direct, room_id }: RoomRow, user: string): string {
    const { users, events } = this.#deps.store;
    const other = direct?.split(' ').find((one) => one !== user);
    if (other === undefined) return name;
    const chosen = users.byUserId(other)?.display_name ?? nameIn(events.profile(other, room_id));
    return chosen ?? parseUserId(other).localpart;
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

  /** The service answered to what was sent to this address, or nothing was sent. */
  #settled(device: string, push: Push, outcome: Outcome | null): void {
    const { store, clock, log } = this.#deps;
    const sentTo = store.accountSessions.byId(device)?.push;
    store.writer
      .write((tx) => {
        const row = store.accountSessions.byId(device);
        if (!row) return;
        const { test, ...measured } = readMeasured(row.push_measured);
        const isTest = test !== null && test.id === push.test;
        const accepted_at = outcome?.kind === 'accepted' ? clock.now() : null;
        const problem = outcome === null || outcome.kind === 'accepted' ? null : outcome.why;
        this.#measure(device, () => ({
          behind: this.#queue.waits(device) ? measured.behind : null,
          accepted_at: accepted_at ?? measured.accepted_at,
          problem: outcome === null ? measured.problem : problem,
          test: isTest ? { ...test, problem, accepted_at: accepted_at ?? test.accepted_at } : test,
        }));
        // The device may have a new subscription by now.
        if (outcome?.kind === 'gone' && row.push === sentTo) {
          const gone: PushState = { off: 'gone', chosen: choiceIn(readPush(row.push)) };
          store.accountSessions.setPush(device, JSON.stringify(gone), null);
        }
        if (isTest || problem !== null) tx.afterCommit(() => this.#changed(row.user_id));
      })
      .catch((error) => log.error({ err: error }, 'the answer of a push service could not be stored'));
  }

  /** Runs in a transaction. */
  #measure(device: string, change: (measured: Measured) => Measured): void {
    const { accountSessions } = this.#deps.store;
    const now = readMeasured(accountSessions.byId(device)?.push_measured ?? null);
    accountSessions.setMeasured(device, JSON.stringify(change(now)));
  }

  #changed(userId: string | undefined): void {
    if (userId !== undefined) this.#deps.tell({ fact: 'account-changed', userId });
  }
}

function refuseBadKeys(given: Address): void {
  if (!arePushKeys(given)) throw refusal('BAD_REQUEST', said('people.push_keys'));
}

/** The push service learns from it which messages replace each other, and not which room it is. */
const topicOf = ({ auth }: Subscription, about: string): string =>
  createHmac('sha256', auth).update(about).digest('base64url').slice(0, 32);
