import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { verifySignature } from './ed25519.ts';

/** Text, signature (hex), public key (hex). */
export type VerifyJob = readonly [text: string, signature: string, publicKey: string];

export interface Verifier {
  verify(text: string, signature: string, publicKey: string): Promise<boolean>;
  stop(): Promise<void>;
}

const retrySeconds = 5;
/** Thrown if the check could not run. It says nothing about the signature. */
const busy = () => refusal('SERVICE_UNAVAILABLE', said('disk.files'), { retryAfterSeconds: retrySeconds });

/** A thread costs more than it saves for fewer signatures than this. */
const offloadAt = 6;
const idleMsMax = 20_000;

/** A requested check without a result yet. */
interface Unchecked {
  readonly job: VerifyJob;
  readonly settle: (verdict: boolean) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Checks signatures: a few right here, and more on worker threads, in batches. Jobs that arrive in one turn of the event
 * loop are handled together. Threads start under load and end afterwards.
 */
export class PooledVerifier implements Verifier {
  #unchecked: Unchecked[] = [];
  readonly #threads: Thread[] = [];
  readonly #threadsMax: number;
  #idleTimer: NodeJS.Timeout | undefined;
  readonly #startThread: () => Worker;

  constructor(startThread = startWorker, threadsMax = Math.max(1, availableParallelism() - 1)) {
    this.#startThread = startThread;
    this.#threadsMax = threadsMax;
  }

  verify(text: string, signature: string, publicKey: string): Promise<boolean> {
    return new Promise((settle, fail) => {
      this.#unchecked.push({ job: [text, signature, publicKey], settle, fail });
      if (this.#unchecked.length === 1) setImmediate(() => this.#dispatch());
    });
  }

  #dispatch(): void {
    const batch = this.#unchecked;
    this.#unchecked = [];
    if (batch.length < offloadAt && !this.#threads.some((thread) => thread.busy)) {
      for (const item of batch) item.settle(verifySignature(...item.job));
      return;
    }
    this.#postponeIdle();
    try {
      this.#leastBusy().run(batch);
    } catch {
      // The system has no thread to spare. Doing this many checks here would block everything else, so the senders have
      // to retry.
      for (const item of batch) item.fail(busy());
    }
  }

  #leastBusy(): Thread {
    const free = this.#threads.find((thread) => !thread.busy);
    if (free) return free;
    if (this.#threads.length < this.#threadsMax) {
      const thread = new Thread(this.#startThread(), (ended) => {
        const at = this.#threads.indexOf(ended);
        if (at >= 0) this.#threads.splice(at, 1);
      });
      this.#threads.push(thread);
      return thread;
    }
    return this.#threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
  }

  #postponeIdle(): void {
    if (this.#idleTimer) {
      this.#idleTimer.refresh();
      return;
    }
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = undefined;
      void this.stop();
    }, idleMsMax);
    this.#idleTimer.unref();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    await Promise.all(this.#threads.splice(0).map((thread) => thread.end()));
  }
}

export const startWorker = (): Worker => new Worker(new URL('./verify-worker.ts', import.meta.url));

class Thread {
  load = 0;
  #unanswered: Unchecked[] = [];
  readonly #worker: Worker;

  constructor(worker: Worker, onEnded: (thread: Thread) => void) {
    this.#worker = worker;
    this.#worker.unref();
    this.#worker.on('message', (verdicts: readonly boolean[]) => {
      const batch = this.#unanswered.splice(0, verdicts.length);
      this.load -= batch.length;
      batch.forEach((item, i) => {
        item.settle(verdicts[i] === true);
      });
    });
    const failAll = () => {
      onEnded(this);
      for (const item of this.#unanswered.splice(0)) item.fail(busy());
      this.load = 0;
    };
    this.#worker.on('error', failAll);
    this.#worker.on('exit', failAll);
  }

  get busy(): boolean {
    return this.load > 0;
  }

  run(batch: Unchecked[]): void {
    this.#unanswered.push(...batch);
    this.load += batch.length;
    this.#worker.postMessage(batch.map((item) => item.job));
  }

  /** Lets running batches finish first, so that every caller gets its result. */
  async end(): Promise<void> {
    while (this.busy)
      await new Promise((resolve) => {
        this.#worker.once('message', resolve);
        // If a thread dies in the meantime, it reports nothing more.
        this.#worker.once('exit', resolve);
      });
    await this.#worker.terminate();
  }
}

/** Verifies at once and without threads, for virtual clocks and tools. */
export const directVerifier: Verifier = {
  verify: async (text, signature, publicKey) => verifySignature(text, signature, publicKey),
  stop: async () => {},
};
