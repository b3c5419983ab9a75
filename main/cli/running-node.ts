/** Finds the node that is running with a data folder, and calls it in the reader's language. */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createClient } from '../../shared/api/client.ts';
import { apiPrefix } from '../../shared/api/contract/procedure.ts';
import type { Api } from '../../shared/api/contract.ts';
import type { Words } from '../../shared/words/words.ts';
import { askHere } from '../kernel/loopback.ts';
import { systemPorts } from '../kernel/ports.ts';
import { CommandFailure, exitCodes } from '../start/failure.ts';
import { longCall } from './long-call.ts';

/** The slowest call that isn't long work is a check of a peer that does not respond. */
const answerMsMax = 120_000;

export interface RunningNode {
  readonly api: Api;
  /** The address of the console and the API. */
  readonly url: string;
  /** The response to `GET /stream`, whatever it is; until the signal ends it. */
  stream(signal?: AbortSignal): Promise<Response>;
  /** The answer to a request with or for the bytes of a file (shared/api/file-bytes.ts), whatever it is. */
  bytes(method: 'GET' | 'PUT', path: string, body?: Readable): Promise<IncomingMessage>;
}

/**
 * Reads `control.json`. Rejects with CommandFailure NOT_RUNNING if there is no valid one; every call does, if the node
 * does not respond.
 */
export async function findRunningNode(dataDir: string, words: Words): Promise<RunningNode> {
  const { url, token } = await readControlFile(dataDir);
  const reach = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      const problem = { url, reason: reason(error) };
      throw notRunning(dataDir, (errors, advice) => errors.noResponse({ ...problem, advice }));
    }
  };
  const headers = { authorization: `Bearer ${token}`, 'accept-language': words.locale };
  const ask = () => api.work({});
  const long = longCall({ clock: systemPorts.clock, ask });
  const api = createClient({
    baseUrl: url,
    token,
    language: words.locale,
    fetch: async (address, init) => {
      if (init.isLong) return await reach(long(address, init));
      const signal = AbortSignal.timeout(answerMsMax);
      const { method, headers, body } = init;
      const answer = await reach(askHere(address, { method, headers, body, signal }));
      return { status: answer.statusCode ?? 0, text: () => reach(text(answer)) };
    },
  });
  return {
    api,
    url,
    bytes: (method, path, body) => reach(askHere(url.replace(/\/+$/, '') + path, { method, headers, body })),
    async stream(signal) {
      const answer = await reach(
        askHere(`${url.replace(/\/+$/, '')}${apiPrefix}/stream`, { headers, signal }),
      );
      return new Response(Readable.toWeb(answer) as ReadableStream, { status: answer.statusCode ?? 0 });
    },
  };
}

async function readControlFile(dataDir: string): Promise<{ url: string; token: string }> {
  const file = join(resolve(dataDir), 'control.json');
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const why = reason(error);
    throw notRunning(dataDir, (errors, advice) =>
      why === 'ENOENT'
        ? errors.noControlFile({ file, advice })
        : errors.controlFileUnreadable({ file, reason: why, advice }),
    );
  }
  if (typeof content === 'object' && content !== null && 'url' in content && 'token' in content) {
    const { url, token } = content;
    if (typeof url === 'string' && URL.canParse(url) && typeof token === 'string') return { url, token };
  }
  throw notRunning(dataDir, (errors, advice) => errors.controlFileInvalid({ file, advice }));
}

function notRunning(
  dataDir: string,
  problem: (errors: Words['cli']['errors'], advice: string) => string,
): CommandFailure {
  return new CommandFailure('NOT_RUNNING', exitCodes.notRunning, ({ cli: { errors } }) =>
    problem(errors, errors.startAdvice({ dir: dataDir })),
  );
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reason(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
