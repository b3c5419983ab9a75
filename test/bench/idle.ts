import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startChildNode } from '../support/nodes/child-node.ts';

/** How much memory a node uses when nothing happens. */
export async function benchIdle(dir: string): Promise<string[]> {
  const node = await startChildNode({ name: 'idle.test', dataDir: join(dir, 'idle') });
  await wait(5000);
  const status = readFileSync(`/proc/${node.pid}/status`, 'utf8');
  const megabytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  await node.stop();
  return [`resident memory after five idle seconds  ${megabytes.toFixed(0)} MB   (wanted: under 120 MB)`];
}
