import { addressKind } from '../reach/verdict/address.ts';
import { failed, type Outcome, ok } from './test-run.ts';

const kinds = {
  none: 'no address that can be called',
  loopback: 'this computer itself',
  shared: 'a shared address, as providers and VPNs give them',
  private: 'a private address',
  public: 'a public address',
} as const;

/** Whether what a peer's name leads to may be called, and by whom it can be. `byOwner`: its owner here typed it. */
export function judgeAddresses(host: string, addresses: readonly string[], byOwner: boolean): Outcome {
  const found = addresses.map((address) => ({ address, kind: addressKind(address) }));
  const list = found.map(({ address, kind }) => `${address} (${kinds[kind]})`).join(', ');
  const text = addresses.length === 1 && addresses[0] === host ? list : `${host} leads to ${list}`;
  if (found.length === 0)
    return failed(`${host} leads nowhere.`, 'Its owner should look at its DNS record (A, or AAAA for IPv6).');
  if (found.some(({ kind }) => kind === 'public')) return ok(`${text}.`);
  if (!byOwner)
    return failed(
      `${text}. It is not called: only you can name such an address, and this one was named by the server.`,
      'If it is in your own network, set it yourself: “Address” on its page, or paracord-node peers add ADDRESS.',
    );
  const where = found.every(({ kind }) => kind === 'loopback') ? 'on this computer' : 'within that network';
  return ok(`${text}. You named it, so it is called; it works ${where} only.`);
}
