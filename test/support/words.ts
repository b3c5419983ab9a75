/** The English sentences for the messages that decision code returns. */
import assert from 'node:assert/strict';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { inWords, type Sayable } from '../../shared/words/in-words.ts';
import type { Said } from '../../shared/words/said.ts';
import { wordsIn } from '../../shared/words/words.ts';

const words = wordsIn('en');

/** Empty if there is no message. */
export const inEnglish = (message: Said | '' | null | undefined): string =>
  message ? words.say(message) : '';

/** The value, with every message in it replaced by its sentence. */
export const allInEnglish = <T>(value: Sayable<T>): T => inWords(words, value);

/** Code, message, parameters and any details of a refusal. Any other exception fails the test. */
export function told(error: unknown): readonly unknown[] {
  assert.ok(error instanceof ProtocolError, String(error));
  const { code, said, details } = error;
  return [code, said?.code, said?.params, ...(details === undefined ? [] : [details])];
}

/** The refusal that `run` throws. */
export function refused(run: () => unknown): readonly unknown[] {
  try {
    run();
  } catch (error) {
    return told(error);
  }
  return assert.fail('accepted');
}

/** The same for an asynchronous `run`. */
export async function refusedLater(run: Promise<unknown>): Promise<readonly unknown[]> {
  try {
    await run;
  } catch (error) {
    return told(error);
  }
  return assert.fail('accepted');
}
