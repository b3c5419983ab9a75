import assert from 'node:assert/strict';
import { ProtocolError } from '../../shared/protocol/errors.ts';

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
