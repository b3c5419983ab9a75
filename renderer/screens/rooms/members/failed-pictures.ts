import { SvelteMap } from 'svelte/reactivity';
import { now } from '../../../parts/time/now.svelte.ts';

/** Pictures that couldn't be shown, and when: each page would ask for them again and again. */
const failed = new SvelteMap<string, number>();
const failedMs = 120_000;
const failedMax = 500;

export const failedPictures = {
  has: (source: string): boolean => now.value - (failed.get(source) ?? Number.NEGATIVE_INFINITY) < failedMs,
  note(source: string): void {
    if (failed.size >= failedMax) failed.clear();
    failed.set(source, now.value);
  },
};
