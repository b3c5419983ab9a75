import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startChildNode } from '../../support/nodes/child-node.ts';
import type { Ground, Result } from '../report/result.ts';

/** How much memory a node uses when nothing happens. */
export async function benchIdle({ dir }: Ground): Promise<Result> {
  const values: number[] = [];
  for (const round of [1, 2, 3]) {
    const node = await startChildNode({ name: 'idle.test', dataDir: join(dir, `idle-${round}`) });
    await wait(5000);
    const status = readFileSync(`/proc/${node.pid}/status`, 'utf8');
    values.push(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
    await node.stop();
  }
  return {
    measures: [
      { what: 'resident memory after five idle seconds', unit: 'MB', values, wanted: { atMost: 80 } },
    ],
    boundedBy: 'Node.js itself, and the code that is loaded',
  };
}
