/** Cleans up at the end, in reverse order: like a test's `after`, but outside of a test. */
export class Afterwards {
  readonly #jobs: (() => unknown)[] = [];

  after(job: () => unknown): void {
    this.#jobs.push(job);
  }

  async run(): Promise<void> {
    for (let job = this.#jobs.pop(); job; job = this.#jobs.pop()) await job();
  }
}
