import type { StepResult } from '../../shared/api/doctor-views.ts';
import type { Clock } from '../ports.ts';

export interface Outcome {
  readonly result: Exclude<StepResult, 'running'>;
  readonly text: string;
  /** What to do next, or `null`. */
  readonly fix: string | null;
}

export const ok = (text: string, fix: string | null = null): Outcome => ({ result: 'ok', text, fix });
export const failed = (text: string, fix: string): Outcome => ({ result: 'failed', text, fix });
export const skipped = (text: string, fix: string | null = null): Outcome => ({
  result: 'skipped',
  text,
  fix,
});

export interface TestView<S extends string> {
  readonly at: number;
  readonly running: boolean;
  readonly steps: {
    readonly step: S;
    readonly result: StepResult;
    readonly text: string;
    readonly fix: string | null;
  }[];
}

/** A test step by step, for everybody to watch: the one that runs, or the last one. */
export class TestRun<S extends string> {
  /** `null` before the first. */
  view: TestView<S> | null = null;
  private readonly steps: readonly S[];
  private readonly clock: Clock;
  private readonly onProgress: () => void;
  private running: Promise<TestView<S>> | null = null;

  /** `onProgress` is told whenever a step began or the last one ended. */
  constructor(steps: readonly S[], clock: Clock, onProgress: () => void) {
    this.steps = steps;
    this.clock = clock;
    this.onProgress = onProgress;
  }

  /** One at a time; whoever asks meanwhile waits for the same one. `begin` makes what tests a step and never throws. */
  run(begin: () => (step: S) => Promise<Outcome>): Promise<TestView<S>> {
    this.running ??= this.test(begin()).finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async test(step: (step: S) => Promise<Outcome>): Promise<TestView<S>> {
    const done: TestView<S>['steps'] = [];
    for (const name of this.steps) {
      this.show([...done, { step: name, result: 'running', text: '', fix: null }], true);
      done.push({ step: name, ...(await step(name)) });
    }
    return this.show(done, false);
  }

  private show(steps: TestView<S>['steps'], running: boolean): TestView<S> {
    const view = { at: this.clock.now(), running, steps };
    this.view = view;
    this.onProgress();
    return view;
  }
}
