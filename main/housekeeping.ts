import { limits } from '../shared/protocol/limits.ts';
import type { ClockTrust } from './clocks/clock-trust.ts';
import { tuning } from './config.ts';
import type { Doctor } from './doctor/doctor.ts';
import type { PeerConditions } from './doctor/peer-conditions.ts';
import type { Erasure } from './events/projection/erasure.ts';
import type { Projection } from './events/projection/projection.ts';
import type { Tell } from './facts.ts';
import type { OwnIdentity } from './identity/own-identity.ts';
import { every } from './kernel/every.ts';
import type { Log } from './kernel/log.ts';
import type { Clock } from './kernel/ports.ts';
import { clientKeyKeptMs } from './rooms/client-keys.ts';
import type { Settings } from './settings.ts';
import type { Tables } from './store/ports.ts';

interface Parts {
  readonly store: Tables<'erasures' | 'outbox' | 'receipts' | 'clientKeys' | 'writer'>;
  readonly settings: Pick<Settings, 'get'>;
  readonly clockTrust: Pick<ClockTrust, 'observe'>;
  readonly projection: Projection;
  readonly erasure: Erasure;
  readonly ownIdentity: Pick<OwnIdentity, 'renew'>;
  readonly doctor: Pick<Doctor, 'recheck'>;
  readonly conditions: Pick<PeerConditions, 'tellNews'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
}

const roundMs = 30_000;
/** Messages in one transaction, so that a burst of erasures keeps nobody waiting. */
const erasedTogetherMax = 100;

/** What is done now and then, and what time alone brings about. */
export class Housekeeping {
  readonly #parts: Parts;
  #cancel: () => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock, log } = this.#parts;
    this.#cancel = every(
      clock,
      roundMs,
      () => this.#round(),
      (error) => log.error({ err: error }, 'housekeeping failed'),
    );
  }

  stop(): void {
    this.#cancel();
  }

  async #round(): Promise<void> {
    const { store, settings, projection, ownIdentity, doctor, conditions, clock, tell } = this.#parts;
    await this.#parts.clockTrust.observe();
    const now = clock.now();
    await store.writer.write((tx) => {
      store.outbox.pruneAttempts(now - tuning.attemptsKeepMs);
      store.receipts.prune(now - tuning.attemptsKeepMs);
      store.clientKeys.prune(now - clientKeyKeptMs);
      const rooms = projection.applyDue(now, limits.aheadMsMax);
      tx.afterCommit(() => {
        for (const roomId of rooms) tell({ fact: 'room-changed', roomId });
      });
    });
    await this.#eraseDue();
    await ownIdentity.renew();
    if (!settings.get().paused) doctor.recheck();
    conditions.tellNews();
  }

  /** What could not be erased when it came to be due; then the texts themselves go from the files. */
  async #eraseDue(): Promise<void> {
    const { store, projection, erasure, tell } = this.#parts;
    let last: number | null = 0;
    while (last !== null) {
      const after: number = last;
      last = await store.writer.write(() => projection.eraseDue(after, erasedTogetherMax));
    }
    for (const destination of erasure.takeWithdrawn()) tell({ fact: 'queue-changed', destination });
    await store.erasures.scrub();
  }
}
