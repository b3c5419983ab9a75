import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { parentPort, type Worker } from 'node:worker_threads';
import { SaidError } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { openRegular } from '../kernel/regular-file.ts';
import type { Job } from '../work.ts';

/** Bytes copied so far; `checking` once the copy is being checked, which has no numbers. */
export type CopyProgress = { readonly done: number; readonly total: number } | 'checking';

interface Options {
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Ends the thread; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * The answer of a thread (`answerFromThread`), which then ends. The caller makes the worker, because the bundle of the
 * desktop app finds workers by `new Worker(new URL(…))`.
 */
export async function onThread<T>(worker: Worker, options: Options = {}): Promise<T> {
  const { onProgress, signal } = options;
  try {
    signal?.throwIfAborted();
    return await new Promise<T>((resolve, reject) => {
      worker.on('message', (message: { progress: CopyProgress } | { answer: T }) => {
        if ('answer' in message) resolve(message.answer);
        else onProgress?.(message.progress);
      });
      worker.once('error', reject);
      worker.once('exit', () => reject(new SaidError(said('backup.why_thread'))));
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  } finally {
    await worker.terminate();
  }
}

const inMb = (bytes: number): number => Math.round(bytes / 1_000_000);

/** Shows the progress of a copy as that of a piece of work. */
export const showCopy =
  (job: Job) =>
  (progress: CopyProgress): void => {
    if (progress === 'checking') job.advance({ done: 0, total: null, text: said('work.checking') });
    else {
      const { done, total } = progress;
      job.advance({ done, total, text: said('work.copied', { done: inMb(done), total: inMb(total) }) });
    }
  };

/** The same for files that are counted. */
export const showFiles =
  (job: Job) =>
  (progress: CopyProgress): void => {
    if (progress === 'checking') return;
    job.advance({ ...progress, text: said('work.files', progress) });
  };

/** Why a backup could not be copied, as the system says it. */
export interface NotCopied {
  readonly code: string;
  readonly message: string;
}

export const notCopied = (error: unknown): NotCopied => {
  const { code, message } = error as NodeJS.ErrnoException;
  return { code: code ?? '', message };
};

/** Runs on the thread. */
export const answerFromThread = (answer: unknown): void => parentPort?.postMessage({ answer });
export const progressFromThread = (progress: CopyProgress): void => parentPort?.postMessage({ progress });

const stepBytes = 4 * 1024 * 1024;

/** Copies a file on the thread, and reports its progress. The copy has mode 0600. */
export function copyInSteps(from: string, to: string): void {
  const source = openRegular(from);
  try {
    const target = openSync(to, 'w', 0o600);
    try {
      const total = fstatSync(source).size;
      const buffer = Buffer.allocUnsafe(stepBytes);
      let done = 0;
      for (let read = readSync(source, buffer); read > 0; read = readSync(source, buffer)) {
        for (let at = 0; at < read; ) at += writeSync(target, buffer, at, read - at);
        done += read;
        progressFromThread({ done, total });
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}
