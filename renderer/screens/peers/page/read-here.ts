import type { Api } from '../../../../shared/api/contract.ts';
import { everyPage } from '../../../../shared/api/pages.ts';
import type { Here } from '../trust-list/trust-list.ts';

/** What a trust list is made from or compared with, as the node has it now. */
export async function readHere(api: Pick<Api, 'peers' | 'settings' | 'status'>): Promise<Here> {
  const [peers, settings, status] = await Promise.all([
    everyPage(api.peers),
    api.settings({}),
    api.status({}),
  ]);
  return {
    serverName: status.server_name,
    peers,
    defaultLimits: settings.default_limits,
    now: status.now,
  };
}
