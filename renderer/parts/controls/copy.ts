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
    toasts.say(failed, 'warning');
    return false;
  }
}
