import { untrack } from 'svelte';

/** Runs `job` each time a dialog opens. What changes while it is open doesn't overwrite what is being typed. */
export function onOpening(isOpen: () => boolean, job: () => void): void {
  let wasOpen = false;
  $effect(() => {
    const open = isOpen();
    if (open && !wasOpen) untrack(job);
    wasOpen = open;
  });
}
