import { wordsIn } from '../../shared/words/words.ts';
import type { HostPort } from '../config.ts';
import { type Listening, listen } from '../http/listen.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import { currentSchema } from '../store/migrations/index.ts';
import type { Session } from './connect.ts';
import { type Copy, type CopyOptions, openCopy } from './copy.ts';
import { endHolder, type LeaderSeen, lookAtLeader, silentMs, tryLock } from './lead.ts';
import { versionChannel } from './schema.ts';
import { CopyTooOldError, requiredState } from './state.ts';

/** How often a waiting node tries to lead. */
const lookMs = 250;
/** An erased text may be in the log of the copy for this long. */
const forgetMs = 20_000;

interface WaitOptions extends CopyOptions {
  /** The address that answers for its health: that of the console, which opens when it leads. */
  readonly control: HostPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when this process ends. */
  readonly signal: AbortSignal;
}

/**
 * Resolves when `session` holds the lock of the database, with the copy that was kept current while another node led.
 * Null if there was nobody to wait for, or an older program leads, which can't be followed. Rejects if the database can't
 * be reached, or if `signal` is aborted.
 */
export async function waitForLead(session: Session, options: WaitOptions): Promise<Copy | null> {
  if (await tryLock(session)) return null;
  const waiting = new Waiting(session, options);
  try {
    await waiting.begin();
    while (!(await waiting.look()));
    return waiting.takeCopy();
  } finally {
    await waiting.end();
  }
}

class Waiting {
  readonly #session: Session;
  readonly #options: WaitOptions;
  #health: Listening | null = null;
  #copy: Copy | null = null;
  #seen: LeaderSeen = { leader: null, silentMs: null };
  #shown: string | null = null;
  #wasSilent = false;
  #forgottenAt = 0;
  #mustForget = false;
  #wake = (): void => {};

  constructor(session: Session, options: WaitOptions) {
    this.#session = session;
    this.#options = options;
    session.onNotify(() => this.#wake());
    session.onLost(() => this.#wake());
  }

  async begin(): Promise<void> {
    const { control, clock } = this.#options;
    // Whatever is asked here, such as a command of the owner, gets the same answer.
    this.#health = await listen(
      (_, response) => {
        const headers = { 'content-type': 'application/json', 'retry-after': '2', connection: 'close' };
        const said = { status: 'unavailable', code: 'SERVICE_UNAVAILABLE', message: this.#text };
        response.writeHead(503, headers).end(JSON.stringify(said));
      },
      { ...control, clock },
    );
    await this.#session.query(`LISTEN ${versionChannel}`);
  }

  get #text(): string {
    const { leader } = this.#seen;
    const { start } = wordsIn('en');
    return leader === null ? start.waits : start.standsBy({ leader });
  }

  /** True if this node leads now. Otherwise it pauses, until something changes. */
  async look(): Promise<boolean> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    this.#seen = await lookAtLeader(this.#session);
    const { leader } = this.#seen;
    if (leader !== this.#shown) this.#options.log.info({ leader }, 'standing by');
    this.#shown = leader;
    await this.#follow();
    if (await tryLock(this.#session)) {
      await this.#session.query('UNLISTEN *');
      return true;
    }
    const isSilent = (this.#seen.silentMs ?? 0) > silentMs;
    // Twice, because a node that has just taken the lock has given no sign of life yet.
    if (isSilent && this.#wasSilent) {
      this.#options.log.warn(this.#seen, 'the leader is silent: ending its session');
      await endHolder(this.#session);
    }
    this.#wasSilent = isSilent;
    await this.#pause();
    return false;
  }

  async #follow(): Promise<void> {
    const { address, clock } = this.#options;
    try {
      if (this.#copy === null) {
        // The tables of an older program are another schema.
        if ((await requiredState(this.#session, address)).schema === currentSchema)
          this.#copy = await openCopy(this.#session, this.#options);
      } else if (await this.#copy.follow(this.#session)) this.#mustForget = true;
    } catch (error) {
      if (!(error instanceof CopyTooOldError)) throw error;
      this.#copy?.db.close();
      this.#copy = null;
    }
    if (!this.#mustForget || clock.now() - this.#forgottenAt < forgetMs) return;
    this.#forgottenAt = clock.now();
    this.#mustForget = this.#copy?.forget() === false;
  }

  async #pause(): Promise<void> {
    const { clock, signal } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(lookMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
      signal.addEventListener('abort', this.#wake, { once: true });
    });
    signal.removeEventListener('abort', this.#wake);
  }

  takeCopy(): Copy | null {
    const copy = this.#copy;
    this.#copy = null;
    return copy;
  }

  async end(): Promise<void> {
    this.#copy?.db.close();
    await this.#health?.close(0);
  }
}
