/** What has to be cleaned up when something is over, the last thing first: a test's `after` outside of a test. */
export class Afterwards {
  readonly #jobs: (() => unknown)[] = [];

  after(job: () => unknown): void {
    this.#jobs.push(job);
  }

  async run(): Promise<void> {
    for (let job = this.#jobs.pop(); job; job = this.#jobs.pop()) await job();
  }
}
