/** Finds the node that runs with a data folder, and speaks to it. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createClient } from '../../shared/api/client.ts';
import type { Api } from '../../shared/api/contract.ts';
import { apiPrefix } from '../../shared/api/routes.ts';
import { exitCodes } from '../start/exit-codes.ts';
import { CommandFailure } from '../start/failure.ts';

/** A check of a peer that does not answer takes the longest. */
const answerMsMax = 120_000;

export interface RunningNode {
  readonly api: Api;
  /** The answer to `GET /stream`, whatever it is. */
  stream(): Promise<Response>;
}

/** Reads `control.json`. Everything rejects with CommandFailure NOT_RUNNING when nobody answers there. */
export async function findRunningNode(dataDir: string): Promise<RunningNode> {
  const { url, token } = await readControlFile(dataDir);
  const reach = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw notRunning(`The node at ${url} does not answer (${reason(error)})`, dataDir);
    }
  };
  const api = createClient({
    baseUrl: url,
    token,
    fetch: async (address, init) => {
      const signal = AbortSignal.timeout(answerMsMax);
      const answer = await reach(fetch(address, { ...init, signal, redirect: 'error' }));
      return { status: answer.status, text: () => reach(answer.text()) };
    },
  });
  return {
    api,
    stream: () =>
      reach(
        fetch(`${url.replace(/\/+$/, '')}${apiPrefix}/stream`, {
          headers: { authorization: `Bearer ${token}` },
        }),
      ),
  };
}

async function readControlFile(dataDir: string): Promise<{ url: string; token: string }> {
  const file = join(resolve(dataDir), 'control.json');
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const missing = reason(error) === 'ENOENT';
    const why = missing ? `${file} is not there` : `${file} cannot be read (${reason(error)})`;
    throw notRunning(`No node runs with this data folder: ${why}`, dataDir);
  }
  if (typeof content === 'object' && content !== null && 'url' in content && 'token' in content) {
    const { url, token } = content;
    if (typeof url === 'string' && URL.canParse(url) && typeof token === 'string') return { url, token };
  }
  throw notRunning(`${file} holds no url and token`, dataDir);
}

function notRunning(what: string, dataDir: string): CommandFailure {
  return new CommandFailure(
    'NOT_RUNNING',
    exitCodes.notRunning,
    `${what}. Start it with “paracord-node --data-dir ${dataDir}”, or name another folder with --data-dir.`,
  );
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reason(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
