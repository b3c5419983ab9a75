import type { Clock } from './ports.ts';

/** Runs `job` again and again, `ms` after it last ended, until the returned function is called. */
export function every(
  clock: Clock,
  ms: number,
  job: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => void {
  let cancel = () => {};
  let stopped = false;
  const schedule = () => {
    cancel = clock.after(ms, () => {
      job()
        .catch(onError)
        .finally(() => {
          if (!stopped) schedule();
        });
    });
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
  };
}
