import { parentPort } from 'node:worker_threads';
import { verifySignature } from './ed25519.ts';
import type { VerifyJob } from './verifier.ts';

/** How many results are sent back together, so that the main thread can continue while the rest is checked. */
const resultsAtOnce = 4;

/** Sends back the result of each job, in the same order. */
parentPort?.on('message', (jobs: readonly VerifyJob[]) => {
  let verdicts: boolean[] = [];
  for (const job of jobs) {
    verdicts.push(verifySignature(job[0], job[1], job[2]));
    if (verdicts.length < resultsAtOnce) continue;
    parentPort?.postMessage(verdicts);
    verdicts = [];
  }
  if (verdicts.length > 0) parentPort?.postMessage(verdicts);
});
