import { type Said, said, sentences } from '../../../shared/words/said.ts';
import type { ChallengePort } from '../../tls/acme/challenge/challenge-port.ts';
import type { Mapped } from '../mapper/mapper-state.ts';
import { protocolName, type Verdict } from './verdict.ts';

export type ChallengePortVerdict = Omit<ChallengePort, 'close'>;

export const challengePortOff = (port: number): ChallengePortVerdict => ({
  isOpen: false,
  said: said('door.off', { port }),
  byHand: true,
});

export const challengePortAbandoned = (port: number): ChallengePortVerdict => ({
  isOpen: false,
  said: said('door.abandoned', { port }),
  byHand: true,
});

/**
 * The result of asking for one certain outside port: `undefined` while the router is still being asked, `null` if it
 * needn't be.
 */
export function challengePortVerdict(
  { external_address: address, protocol, error, tried }: Mapped,
  { kind, text }: Pick<Verdict, 'kind' | 'text'>,
  port: number,
): ChallengePortVerdict | null | undefined {
  const isOpen = protocol !== null;
  const says = (first: Said, ...more: readonly (Said | null)[]): ChallengePortVerdict => ({
    isOpen,
    said: isOpen
      ? sentences(said('door.opened', { port, protocol: protocolName(protocol) }), first, ...more)
      : sentences(first, ...more),
    byHand: kind === 'closed',
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
      return says(said('door.check_name', { address: address ?? '', port }));
    case 'double-nat':
      return says(
        text,
        address === null ? said('door.outer_unknown', { port }) : said('door.outer', { port, address }),
      );
    case 'shared':
      return says(text, said('reach.shared_fix'));
    case 'no-address':
      return says(said('door.no_address', { port }), said('reach.no_address_fix', { port }));
    case 'untrue':
      return says(text, said('door.untrue_fix'));
    case 'closed':
      return says(said('door.closed', { port }), error, closedFix(tried, port));
  }
}

function closedFix(tried: Mapped['tried'], port: number): Said | null {
  if (!tried.some(({ result }) => result === 'refused')) return said('door.closed_fix');
  return port < 1024 ? said('door.low_port') : null;
}
