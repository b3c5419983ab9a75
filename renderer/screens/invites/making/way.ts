import { publicAddress } from '../../../../shared/api/their-turn.ts';
import type { StatusView } from '../../../../shared/api/views/node-views.ts';

export type Where = 'home' | 'elsewhere';
/**
 * The kinds of links for a friend: one to our address in the network at home, one to our address for everybody, or one
 * that asks the friend to be called instead. `looking`: the router hasn't answered yet.
 */
export type Way = 'home' | 'elsewhere' | 'ask' | 'looking';

export function wayOf(where: Where, status: Pick<StatusView, 'public_url' | 'reach'>): Way {
  if (where === 'home' && status.reach.local !== null) return 'home';
  if (publicAddress(status) !== null) return 'elsewhere';
  return status.reach.verdict.kind === 'trying' ? 'looking' : 'ask';
}
