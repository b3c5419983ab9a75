import type { CheckView } from '../../../shared/api/views.ts';
import { text } from '../../text/text.ts';

/** What to do after a check. */
export function nextAfter(check: CheckView): string {
  const words = text.peers.check.next;
  if (check.ok) return words.none;
  const failed = check.steps.find((step) => step.result === 'failed');
  return failed === undefined ? words.noAddress : words[failed.step];
}
