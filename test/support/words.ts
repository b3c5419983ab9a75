/** What the node says, in English, where a test has what decision code gives. */
import assert from 'node:assert/strict';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { inWords, type Sayable } from '../../shared/words/in-words.ts';
import type { Said } from '../../shared/words/said.ts';
import { wordsIn } from '../../shared/words/words.ts';

const words = wordsIn('en');

/** Empty if there is no message. */
export const inEnglish = (message: Said | '' | null | undefined): string =>
  message ? words.say(message) : '';

/** Every message in it as its sentence. */
export const allInEnglish = <T>(value: Sayable<T>): T => inWords(words, value);

/** Code, message and its parameters of a refusal, and its details if it has any. Anything else thrown fails the test. */
export function told(error: unknown): readonly unknown[] {
  assert.ok(error instanceof ProtocolError, String(error));
  const { code, said, details } = error;
  return [code, said?.code, said?.params, ...(details === undefined ? [] : [details])];
}

/** What `run` is refused with. */
export function refused(run: () => unknown): readonly unknown[] {
  try {
    run();
  } catch (error) {
    return told(error);
  }
  return assert.fail('accepted');
}

/** The same of what takes its time. */
export async function refusedLater(run: Promise<unknown>): Promise<readonly unknown[]> {
  try {
    await run;
  } catch (error) {
    return told(error);
  }
  return assert.fail('accepted');
}
