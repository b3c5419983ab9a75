import { text } from '../../text/text.ts';
import { toasts } from '../notes/toasts.svelte.ts';

/** Copies and shows the result, because a browser may refuse. Returns whether it worked. */
export async function copy(
  value: string,
  { done = text.common.copied, failed = text.common.notCopied }: { done?: string; failed?: string } = {},
): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    toasts.say(done);
    return true;
  } catch {
    toasts.say(failed, { kind: 'warning' });
    return false;
  }
}

/** Saves a text as a file. The browser or the desktop app decides where. */
export function saveFile(fileName: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // The download has its data by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
