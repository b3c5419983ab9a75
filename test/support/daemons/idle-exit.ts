/**
 * The runner loads this before each test file, because Node.js never ends a test process in which something was left
 * open, and then waits for it forever. Once no test has run for longer than any may, the process says what is open, and
 * ends. Tests that have not run by then count as failed.
 */
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** The runner's limit. A test that takes longer has failed. */
export const testMsMax = 300_000;
const idleMsMax = testMsMax + 20_000;

// A worker inherits what is loaded first, but runs no tests.
if (isMainThread && process.env.NODE_TEST_CONTEXT !== undefined) {
  const { afterEach, beforeEach } = await import('node:test');
  let activeAt = Date.now();
  const note = () => {
    activeAt = Date.now();
  };
  beforeEach(note);
  afterEach(note);
  setInterval(() => {
    if (Date.now() - activeAt < idleMsMax) return;
    writeSync(2, `Ended, although this was open: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit();
  }, 10_000).unref();
}
