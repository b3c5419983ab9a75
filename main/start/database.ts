import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeConfig } from '../config.ts';
import type { Ports } from '../kernel/ports.ts';
import { createNode, type NodeParts, type ParacordNode } from '../node.ts';
import type { StartFlags } from './flags.ts';

/** Whether the flags or an earlier start name a database on a server. */
export const hasServer = (database: StartFlags['database'], dataDir: string): boolean =>
  database !== undefined || existsSync(join(dataDir, 'database.json'));

/**
 * A node that stores everything in the file of its data folder, or on a database server. There it may have to wait until
 * it can be used, until `signal` is aborted; without one, that is a failure.
 */
export async function createNodeFor(
  { database }: Pick<StartFlags, 'database'>,
  config: NodeConfig,
  ports: Ports,
  parts: NodeParts,
  signal: AbortSignal | null = new AbortController().signal,
): Promise<ParacordNode> {
  if (!hasServer(database, config.dataDir)) return createNode(config, ports, parts);
  // Most nodes never need it.
  const { nodeOnDatabase } = await import('../postgres/open.ts');
  return await nodeOnDatabase({ database, config, ports, parts, signal });
}
