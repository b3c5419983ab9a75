import type { MappingView, ReachVerdict } from '../../../shared/api/reach-views.ts';
import type { Door } from '../../tls/door.ts';
import { protocolNames } from './verdict.ts';

export type DoorVerdict = Omit<Door, 'close'>;

export const doorOff = (port: number): DoorVerdict => ({
  isOpen: false,
  said: `The router was not asked for port ${port}, because port mapping is switched off. Switch it on (Settings, Network).`,
  byHand: true,
});

export const doorAbandoned = (port: number): DoorVerdict => ({
  isOpen: false,
  said: `The router was asked for port ${port}, but its answer was not waited for.`,
  byHand: true,
});

/**
 * What asking for one certain port outside has come to, by what its mapper knows: `undefined` while the router is
 * still being asked, `null` where none has to be.
 */
export function doorVerdict(
  { external_address: address, protocol, error, tried }: MappingView,
  { kind, text }: Pick<ReachVerdict, 'kind' | 'text'>,
  port: number,
): DoorVerdict | null | undefined {
  const isOpen = protocol !== null;
  const opened = isOpen ? `The router opened port ${port} (${protocolNames[protocol]}).` : '';
  const says = (sentences: readonly string[], byHand = false): DoorVerdict => ({
    isOpen,
    said: sentences.filter((sentence) => sentence !== '').join(' '),
    byHand,
  });
  switch (kind) {
    case 'off':
    case 'trying':
      return undefined;
    case 'public':
    case 'loopback':
    case 'offline':
      return null;
    case 'mapped':
    case 'other-port':
      return says([
        opened,
        `Its address outside is ${address}: check that the name leads there, and ask the provider whether it lets port ${port} through.`,
      ]);
    case 'double-nat': {
      const outer = `Pass TCP port ${port} on to ${address ?? 'it'} in the outer router too, or make one of the two a mere bridge.`;
      return says([opened, text, outer]);
    }
    case 'shared':
      return says([opened, text, 'Ask the provider for a public IPv4 address.']);
    case 'no-address':
      return says([
        `The router would open port ${port}, but has no public address itself: either your provider shares one among many customers, or another router stands before this one.`,
        `Look up its internet address in its own pages. If it begins with 100.64 to 100.127, ask the provider for a public IPv4 address; if with 10, 172.16 to 172.31 or 192.168, pass TCP port ${port} on to it in the outer router too.`,
      ]);
    case 'untrue':
      return says([
        opened,
        text,
        'Restart the router. If it keeps to that, find out its public address yourself and check that the name leads there.',
      ]);
    case 'closed':
      return says([`The router did not open port ${port}.`, error ?? '', closedFix(tried, port)], true);
  }
}

function closedFix(tried: MappingView['tried'], port: number): string {
  if (!tried.some(({ result }) => result === 'refused')) return 'Switch one of them on.';
  return port < 1024 ? 'Some routers give no port below 1024 to whoever asks.' : '';
}
