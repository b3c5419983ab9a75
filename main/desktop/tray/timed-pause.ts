import type { Api } from '../../../shared/api/contract.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Preferences } from '../preferences.ts';

interface TimedPauseParts {
  readonly preferences: Preferences;
  readonly clock: Pick<Clock, 'now'>;
  readonly change: Api['changeSettings'];
}

const hourMs = 3_600_000;

/** Pauses federation for an hour, which also ends while the app is off. */
export class TimedPause {
  readonly #parts: TimedPauseParts;

  constructor(parts: TimedPauseParts) {
    this.#parts = parts;
  }

  /** Unix ms; `null` if it isn't paused, or until its owner resumes it. */
  get until(): number | null {
    return this.#parts.preferences.get().pausedUntil;
  }

  async begin(): Promise<void> {
    const { preferences, clock, change } = this.#parts;
    await change({ paused: true });
    preferences.change({ pausedUntil: clock.now() + hourMs });
  }

  /** The owner may have resumed it, and pauses later end when they say so. */
  follow(paused: boolean): void {
    if (!paused && this.until !== null) this.#parts.preferences.change({ pausedUntil: null });
  }

  /** Call it now and then. Ends the pause if the hour is over, or the clock was set back. */
  async look(): Promise<void> {
    const { preferences, clock, change } = this.#parts;
    if (this.until === null) return;
    const left = this.until - clock.now();
    if (left > 0 && left <= hourMs) return;
    preferences.change({ pausedUntil: null });
    await change({ paused: false });
  }
}
