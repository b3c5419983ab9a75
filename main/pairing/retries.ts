import { type Said, said } from '../../shared/words/said.ts';
import { type BackOff, backOffMs } from '../kernel/back-off.ts';
import type { Clock } from '../kernel/ports.ts';

const wait: BackOff = { firstMs: 15_000, maxMs: 15 * 60_000 };
/** An owner there has to decide, and probably somebody here is watching the screen. */
const waitForOwner: BackOff = { firstMs: 5000, maxMs: 30_000 };

/** The message to the owner about an invite that was accepted earlier. */
export function lateNews(
  server: string,
  room: string | undefined,
  {
    state,
    notJoined,
  }: { readonly state: 'connected' | 'waiting' | 'their_turn'; readonly notJoined: Said | null },
): readonly { readonly level: 'info' | 'warning'; readonly news: Said }[] {
  if (state === 'their_turn') return [{ level: 'warning', news: said('pairing.no_invites', { server }) }];
  if (notJoined !== null) {
    const news = said('pairing.not_joined', { server, room: room ?? '', why: notJoined });
    return [{ level: 'warning', news }];
  }
  if (state === 'waiting') return [];
  const joined = room === undefined ? null : said('pairing.joined_late', { server, room });
  return [{ level: 'info', news: joined ?? said('pairing.connected_late', { server }) }];
}

/** Retries for each name, less and less often. Each name has at most one timer, and none after `end` or `stop`. */
export class Retries {
  readonly #clock: Clock;
  readonly #attempt: (name: string) => Promise<void>;
  readonly #timers = new Map<string, () => void>();
  readonly #failures = new Map<string, number>();
  #stopped = true;

  /** An attempt that throws is retried. One that has finished calls `end`, or doesn't schedule another. */
  constructor(clock: Clock, attempt: (name: string) => Promise<void>) {
    this.#clock = clock;
    this.#attempt = attempt;
  }

  start(): void {
    this.#stopped = false;
  }

  stop(): void {
    this.#stopped = true;
    for (const name of [...this.#timers.keys()]) this.hold(name);
  }

  /** `asksOwner`: the other owner has to decide, and is probably at the screen. */
  schedule(name: string, asksOwner = false): void {
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    this.#after(backOffMs(asksOwner ? waitForOwner : wait, failures), name);
  }

  /** The first attempt after a start: the other side may have been back for a long time. */
  begin(name: string): void {
    this.#after(0, name);
  }

  #after(ms: number, name: string): void {
    this.hold(name);
    if (this.#stopped) return;
    const fire = (): void => {
      this.#timers.delete(name);
      this.#attempt(name).catch(() => this.schedule(name));
    };
    this.#timers.set(name, this.#clock.after(ms, fire));
  }

  /** Another attempt is running. */
  hold(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  end(name: string): void {
    this.hold(name);
    this.#failures.delete(name);
  }
}
