import { limits } from '../shared/protocol/limits.ts';
import type { Activity } from './activity.ts';
import { type ClockTrust, observeEveryMs } from './clocks/clock-trust.ts';
import { tuning } from './config.ts';
import type { Doctor } from './doctor/doctor.ts';
import type { PeerConditions } from './doctor/peer-conditions.ts';
import type { Indexing } from './events/indexing.ts';
import type { Retention } from './events/retention.ts';
import type { Upkeep } from './events/upkeep.ts';
import type { Tell } from './facts.ts';
import type { OwnIdentity } from './identity/own-identity.ts';
import type { Log } from './kernel/log.ts';
import type { Clock } from './kernel/ports.ts';
import { every } from './kernel/timers.ts';
import type { EntranceTest } from './people/entrance-test.ts';
import type { Reach } from './reach/reach.ts';
import { clientKeyKeptMs } from './rooms/client-keys.ts';
import type { DirectChats } from './rooms/direct-chats.ts';
import type { Files } from './rooms/files/files.ts';
import type { Profiles } from './rooms/profiles.ts';
import type { LostChannels } from './rooms/repair/lost-channels.ts';
import type { Settings } from './settings.ts';
import type { Tables } from './store/ports.ts';
import type { Tx } from './store/writer.ts';
import type { RoomShares } from './trust/limits/room-shares.ts';

interface Deps {
  readonly store: Tables<
    'attempts' | 'erasures' | 'receipts' | 'clientKeys' | 'activity' | 'writer' | 'space'
  >;
  readonly activity: Pick<Activity, 'unsaved'>;
  readonly settings: Pick<Settings, 'get'>;
  readonly clockTrust: Pick<ClockTrust, 'observe'>;
  readonly upkeep: Upkeep;
  readonly files: Pick<Files, 'sweep'>;
  readonly indexing: Pick<Indexing, 'note' | 'stop'>;
  readonly retention: Pick<Retention, 'run' | 'stop'>;
  readonly shares: Pick<RoomShares, 'run'>;
  readonly lostChannels: Pick<LostChannels, 'noteBefore' | 'run'>;
  readonly profiles: Pick<Profiles, 'tellAgain'>;
  readonly directChats: Pick<DirectChats, 'settle'>;
  readonly ownIdentity: Pick<OwnIdentity, 'renew'>;
  readonly doctor: Pick<Doctor, 'recheck'>;
  readonly reach: Pick<Reach, 'look'>;
  readonly entranceTest: Pick<EntranceTest, 'look'>;
  readonly conditions: Pick<PeerConditions, 'tellNews'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
}

/** Messages per transaction, so that a burst of erasures doesn't block other writes. */
const erasedTogetherMax = 100;

/** Does the regular chores, and what happens only because time passes. */
export class Housekeeping {
  readonly #deps: Deps;
  #cancel: () => void = () => {};

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    const { clock, log, indexing } = this.#deps;
    indexing.note();
    this.#cancel = every(
      clock,
      observeEveryMs,
      () => this.#round(),
      (error) => log.error({ err: error }, 'housekeeping failed'),
    );
  }

  stop(): void {
    this.#deps.retention.stop();
    this.#deps.indexing.stop();
    this.#cancel();
  }

  /** Before the store closes. */
  async saveActivity(): Promise<void> {
    await this.#deps.store.writer.write((tx) => this.#saveActivity(tx));
  }

  #saveActivity(tx: Tx): void {
    const { rows, firstMinute, saved } = this.#deps.activity.unsaved();
    this.#deps.store.activity.save(rows, firstMinute);
    tx.afterCommit(saved);
  }

  async #round(): Promise<void> {
    const { store, settings, upkeep, lostChannels, ownIdentity, doctor, conditions, reach, clock, tell } =
      this.#deps;
    await this.#deps.clockTrust.observe();
    const now = clock.now();
    await store.writer.write((tx) => {
      store.attempts.prune(now - tuning.attemptsKeepMs);
      store.receipts.prune(now - tuning.attemptsKeepMs);
      store.clientKeys.prune(now - clientKeyKeptMs);
      this.#saveActivity(tx);
    });
    await lostChannels.noteBefore(now + limits.aheadMsMax);
    for (const roomId of await upkeep.applyDue(now, limits.aheadMsMax))
      tell({ fact: 'room-changed', roomId });
    await lostChannels.run();
    await this.#deps.profiles.tellAgain();
    void this.#deps.directChats.settle();
    this.#deps.indexing.note();
    await this.#deps.retention.run();
    await this.#deps.shares.run();
    await this.#eraseDue();
    await ownIdentity.renew();
    reach.look();
    this.#deps.entranceTest.look().catch((error: unknown) => {
      this.#deps.log.error({ err: error }, 'the addresses of the entrance could not be called');
    });
    if (!settings.get().paused) doctor.recheck();
    conditions.tellNews();
  }

  /** First erases what had to wait, with the files of messages, then removes the erased texts from the database's file, then the space they took. */
  async #eraseDue(): Promise<void> {
    const { store, upkeep, tell } = this.#deps;
    for (const destination of await upkeep.eraseDue(erasedTogetherMax))
      tell({ fact: 'queue-changed', destination });
    await this.#deps.files.sweep();
    await store.erasures.scrub();
    await store.space.giveBack();
  }
}
