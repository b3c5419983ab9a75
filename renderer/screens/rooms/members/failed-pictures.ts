import { SvelteMap } from 'svelte/reactivity';
import { now } from '../../../parts/time/now.svelte.ts';

/** Remembers when a picture couldn't be shown, or each page would ask for it again and again. */
const failed = new SvelteMap<string, number>();
const failedMs = 120_000;
const failedMax = 500;

export const failedPictures = {
  /** Depends on the clock only for a picture that failed, not for the hundreds on a page that didn't. */
  has(source: string): boolean {
    const at = failed.get(source);
    return at !== undefined && now.value - at < failedMs;
  },
  note(source: string): void {
    if (failed.size >= failedMax) failed.clear();
    failed.set(source, now.value);
  },
};
