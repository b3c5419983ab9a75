import { listed, said } from '../../shared/words/said.ts';
import { addressKind } from '../reach/verdict/address.ts';
import { failed, type Outcome, ok } from './test-run.ts';

/** Whether what a peer's name leads to may be called, and by whom it can be. `byOwner`: its owner here typed it. */
export function judgeAddresses(host: string, addresses: readonly string[], byOwner: boolean): Outcome {
  if (addresses.length === 0)
    return failed(said('check.leads_nowhere', { host }), said('check.leads_nowhere_fix'));
  const found = addresses.map((address) => ({ address, kind: addressKind(address) }));
  const list = listed(found.map((each) => said('check.address_kind', each)));
  const isAddress = addresses.length === 1 && addresses[0] === host;
  const text = isAddress ? said('check.address_is', { list }) : said('check.leads_to', { host, list });
  if (found.some(({ kind }) => kind === 'public')) return ok(text);
  if (!byOwner) return failed(said('check.private_theirs', { text }), said('check.private_theirs_fix'));
  const where = found.every(({ kind }) => kind === 'loopback') ? 'here' : 'near';
  return ok(said('check.private_ours', { text, where }));
}
