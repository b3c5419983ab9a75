import type { Clock } from '../../kernel/ports.ts';

/** At login the panel often comes after the app; a desktop without one after some minutes has none. */
const waitsMs = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 60_000];

/** Asks again for a while whether this desktop shows tray icons, and tells once it does. The returned function ends it. */
export function awaitTray(clock: Clock, hasTray: () => Promise<boolean>, found: () => void): () => void {
  let cancel = (): void => {};
  let ended = false;
  const next = (attempt: number): void => {
    const ms = waitsMs[attempt];
    if (ms === undefined) return;
    cancel = clock.after(ms, async () => {
      const there = await hasTray().catch(() => false);
      if (ended) return;
      if (there) found();
      else next(attempt + 1);
    });
  };
  next(0);
  return () => {
    ended = true;
    cancel();
  };
}
