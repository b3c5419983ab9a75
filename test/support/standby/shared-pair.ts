import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createLog } from '../../../main/kernel/log.ts';
import type { NodeParts } from '../../../main/node.ts';
import { databaseFor } from '../daemons/postgres.ts';
import { type LocalNode, startLocalNode } from '../nodes/local-node.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';

/** Two nodes in this process with one identity on one PostgreSQL database. The first leads. */
export interface SharedPair {
  readonly leader: LocalNode;
  readonly standby: LocalNode;
  /** The URL of the database. */
  readonly database: string;
  /** Why the standby stopped by itself. Empty if it runs. */
  readonly failures: readonly unknown[];
  /** Stops the leader in order. Rejects if the standby doesn't take over. */
  readonly takeOver: () => Promise<void>;
}

export async function startSharedPair(
  t: TestContext,
  parts: { readonly standby?: Partial<NodeParts> } = {},
): Promise<SharedPair> {
  const name = 'a.test';
  const database = await databaseFor(t);
  const leader = await startLocalNode(t, { name, database });
  const dataDir = tempDir(t);
  const identity = join(dataDir, 'identity.json');
  copyFileSync(join(leader.dataDir, 'identity.json'), identity);
  chmodSync(identity, 0o600);
  const failures: unknown[] = [];
  const standby = await startLocalNode(t, {
    ...{ name, database, dataDir, setUp: false },
    parts: { log: createLog('silent'), onFailed: (error) => failures.push(error), ...parts.standby },
  });
  return {
    ...{ leader, standby, database, failures },
    async takeOver() {
      await leader.stop();
      await until([standby], 'the standby to take over', async () => {
        if (failures.length > 0) throw failures[0];
        return (await standby.api.status({}).catch(() => null))?.stands_by === null;
      });
    },
  };
}

/** Logs a browser in at a node. Resolves with the headers of its requests. */
export async function logIn({
  api,
  control,
}: Pick<LocalNode, 'api' | 'control'>): Promise<Record<string, string>> {
  const { url } = await api.makeLoginLink({});
  const own = { origin: control, 'sec-fetch-site': 'same-origin' };
  const login = await fetch(`${control}/login`, {
    ...{ method: 'POST', headers: own, body: JSON.stringify({ code: url.split('/').at(-1) }) },
  });
  return { ...own, cookie: (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}
