import type { StepResult } from '../../shared/api/views/doctor-views.ts';
import { type Said, said, saidOf } from '../../shared/words/said.ts';
import type { Clock } from '../kernel/ports.ts';

export interface Outcome {
  readonly result: Exclude<StepResult, 'running'>;
  readonly text: Said;
  /** The next step, or `null`. */
  readonly fix: Said | null;
}

export const ok = (text: Said, fix: Said | null = null): Outcome => ({ result: 'ok', text, fix });
export const failed = (text: Said, fix: Said): Outcome => ({ result: 'failed', text, fix });
export const skipped = (text: Said, fix: Said | null = null): Outcome => ({ result: 'skipped', text, fix });

const thrown = (error: unknown): Outcome =>
  failed(said('check.aborted', { detail: saidOf(error) }), said('check.aborted_fix'));

export interface TestView<S extends string> {
  readonly at: number;
  readonly running: boolean;
  readonly steps: {
    readonly step: S;
    readonly result: StepResult;
    /** Empty while it is running. */
    readonly text: Said | '';
    readonly fix: Said | null;
  }[];
}

/** A test that runs step by step, for every window to watch: the running one, or the last one. */
export class TestRun<S extends string> {
  /** `null` before the first. */
  view: TestView<S> | null = null;
  readonly #steps: readonly S[];
  readonly #clock: Clock;
  readonly #onProgress: () => void;
  #running: Promise<TestView<S>> | null = null;

  /** `onProgress` is called whenever a step begins or the last one ends. */
  constructor(steps: readonly S[], clock: Clock, onProgress: () => void) {
    this.#steps = steps;
    this.#clock = clock;
    this.#onProgress = onProgress;
  }

  /**
   * One test at a time; a caller that asks in the meantime waits for the same one. `begin` creates what runs a step. If
   * either throws, the step has failed; later steps may still find something.
   */
  run(begin: () => (step: S) => Promise<Outcome>): Promise<TestView<S>> {
    this.#running ??= this.#test(begin).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #test(begin: () => (step: S) => Promise<Outcome>): Promise<TestView<S>> {
    const done: TestView<S>['steps'] = [];
    let test: ReturnType<typeof begin> | null = null;
    for (const step of this.#steps) {
      this.#show([...done, { step, result: 'running', text: '', fix: null }], true);
      try {
        test ??= begin();
        done.push({ step, ...(await test(step)) });
      } catch (error) {
        done.push({ step, ...thrown(error) });
      }
    }
    return this.#show(done, false);
  }

  #show(steps: TestView<S>['steps'], running: boolean): TestView<S> {
    const view = { at: this.#clock.now(), running, steps };
    this.view = view;
    this.#onProgress();
    return view;
  }
}
