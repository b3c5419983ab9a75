import { parentPort } from 'node:worker_threads';
import { verifySignature } from './ed25519.ts';
import type { VerifyJob } from './verifier.ts';

/** Answers each batch with its results, in the same order. */
parentPort?.on('message', (jobs: readonly VerifyJob[]) => {
  parentPort?.postMessage(jobs.map((job) => verifySignature(job[0], job[1], job[2])));
});
