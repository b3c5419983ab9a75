import { join } from 'node:path';
import { createNode, type ParacordNode } from '../node.ts';
import { databaseFailure, lostLead } from '../postgres/failure.ts';
import type { Lead } from '../postgres/lead.ts';
import { leadOn, locateData, type Opening } from '../postgres/open.ts';
import { addressIn, rememberDatabase, rememberedDatabase } from '../postgres/remembered.ts';
import { lockDataFolder } from '../store/data-lock.ts';

/**
 * A node on a PostgreSQL database, once it leads there (docs/decisions/0067-one-leads-the-others-wait.md); on its file, if
 * the data was moved back. Throws a DatabaseServerError if the database can't be used, before anything has changed. When
 * the lead ends later, `deps.onFailed` gets one, and nothing can be written any more.
 */
export async function nodeOnDatabase(opening: Opening): Promise<ParacordNode> {
  const { config, ports, deps } = opening;
  const { dataDir } = config;
  const address = opening.database === undefined ? rememberedDatabase(dataDir) : addressIn(opening.database);
  if (address === null) return createNode(config, ports, deps);
  const lock = lockDataFolder(dataDir);
  try {
    const path = join(dataDir, 'node.db');
    if ((await locateData(path, address, opening)) === 'file') {
      rememberDatabase(dataDir, null);
      return createNode(config, ports, { ...deps, lock });
    }
    const { engine, lead } = await leadOn(address, path, opening);
    rememberDatabase(dataDir, address);
    lead.onEnd((why) => {
      deps.log.error({ reason: why.message }, 'this node no longer leads');
      deps.onFailed?.(lostLead(why, address));
    });
    try {
      return announced(createNode(config, ports, { ...deps, engine, lock }), lead);
    } catch (error) {
      await lead.resign();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw databaseFailure(error, address);
  }
}

/** Gives the signs of life of a running node, from the end of its start on. */
const announced = (node: ParacordNode, lead: Lead): ParacordNode => ({
  ...node,
  async start() {
    const at = await node.start();
    lead.hasStarted();
    return at;
  },
});
