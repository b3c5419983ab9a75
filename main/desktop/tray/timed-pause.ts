import type { Api } from '../../../shared/api/contract.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Preferences } from '../preferences.ts';

interface TimedPauseDeps {
  readonly preferences: Preferences;
  readonly clock: Pick<Clock, 'now'>;
  readonly change: Api['changeSettings'];
}

const hourMs = 3_600_000;

/** Pauses federation for an hour, which also ends while the app is off. */
export class TimedPause {
  readonly #deps: TimedPauseDeps;

  constructor(deps: TimedPauseDeps) {
    this.#deps = deps;
  }

  /** Unix ms; `null` if it isn't paused, or until its owner resumes it. */
  get until(): number | null {
    return this.#deps.preferences.get().pausedUntil;
  }

  async begin(): Promise<void> {
    const { preferences, clock, change } = this.#deps;
    await change({ paused: true });
    preferences.change({ pausedUntil: clock.now() + hourMs });
  }

  /** Forgets the hour if federation isn't paused any more. A later pause lasts until its owner ends it. */
  follow(paused: boolean): void {
    if (!paused && this.until !== null) this.#deps.preferences.change({ pausedUntil: null });
  }

  /** Call it now and then. Ends the pause if the hour is over, or the clock was set back. */
  async look(): Promise<void> {
    const { preferences, clock, change } = this.#deps;
    if (this.until === null) return;
    const left = this.until - clock.now();
    if (left > 0 && left <= hourMs) return;
    preferences.change({ pausedUntil: null });
    await change({ paused: false });
  }
}
