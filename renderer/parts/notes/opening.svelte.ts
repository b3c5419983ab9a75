import { untrack } from 'svelte';

/** Runs `job` each time a dialog opens. Changes while it is open don't overwrite the text that is being typed. */
export function onOpening(isOpen: () => boolean, job: () => void): void {
  let wasOpen = false;
  $effect(() => {
    const open = isOpen();
    if (open && !wasOpen) untrack(job);
    wasOpen = open;
  });
}
