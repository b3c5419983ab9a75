/** Runs jobs one after another, in the order they were given. A failure does not stop the next job. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as the job does. */
  run<T>(job: () => Promise<T> | T): Promise<T> {
    const done = this.#last.then(job);
    this.#last = done.catch(() => {});
    return done;
  }

  /** Resolves once every job given so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

/** One queue per key; a key without jobs uses no memory. */
export class SerialQueues {
  readonly #queues = new Map<string, { readonly queue: SerialQueue; jobs: number }>();

  async run<T>(key: string, job: () => Promise<T>): Promise<T> {
    const entry = this.#queues.get(key) ?? { queue: new SerialQueue(), jobs: 0 };
    this.#queues.set(key, entry);
    entry.jobs++;
    try {
      return await entry.queue.run(job);
    } finally {
      if (--entry.jobs === 0) this.#queues.delete(key);
    }
  }

  /** Keys with unfinished jobs. */
  get size(): number {
    return this.#queues.size;
  }
}
