import { EventEmitter } from 'node:events';
import type { Platform } from '../../../../main/desktop/host.ts';
import { cancellable } from './app.ts';

/** lib/browser/api/power-monitor: events of the system reach the app once it listens to any of them. */
export class StandInPowerMonitor extends EventEmitter {
  readonly #platform: Platform;
  #isWatching = false;
  /** Linux: logind waits for the app, except if its very first listener is the one for `shutdown`. */
  #holdsShutdown = false;

  constructor(platform: Platform) {
    super();
    this.#platform = platform;
    this.once('newListener', () => {
      this.#isWatching = true;
      this.#holdsShutdown = this.listenerCount('shutdown') > 0;
      this.on('newListener', (event) => {
        if (event === 'shutdown') this.#holdsShutdown = true;
      });
      this.on('removeListener', (event) => {
        if (event === 'shutdown') this.#holdsShutdown = this.listenerCount('shutdown') > 0;
      });
    });
  }

  suspend(): void {
    if (this.#isWatching) this.emit('suspend');
  }

  resume(): void {
    if (this.#isWatching) this.emit('resume');
  }

  /**
   * The system is about to shut down; true if the app prevents what follows. On Windows, windows are notified instead. On
   * Linux the app is notified only while it delays the shutdown (shell/browser/lib/power_observer_linux.cc,
   * OnPrepareForShutdown).
   */
  shutDown(): boolean {
    if (!this.#isWatching || this.#platform === 'windows') return false;
    if (this.#platform === 'linux' && !this.#holdsShutdown) return false;
    const event = cancellable();
    this.emit('shutdown', event);
    return event.prevented;
  }
}
