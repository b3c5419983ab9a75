import { type Said, said, sentences } from '../../../shared/words/said.ts';
import type { ChallengePort } from '../../tls/acme/challenge/challenge-port.ts';
import type { Mapped } from '../mapper/mapper-state.ts';
import { protocolName, type Verdict } from './verdict.ts';

export type ChallengePortVerdict = Omit<ChallengePort, 'close'>;

export const challengePortOff = (port: number): ChallengePortVerdict => ({
  isOpen: false,
  said: said('challenge_port.off', { port }),
  byHand: true,
});

export const challengePortAbandoned = (port: number): ChallengePortVerdict => ({
  isOpen: false,
  said: said('challenge_port.abandoned', { port }),
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
      ? sentences(said('challenge_port.opened', { port, protocol: protocolName(protocol) }), first, ...more)
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
      return says(said('challenge_port.check_name', { address: address ?? '', port }));
    case 'double-nat':
      return says(
        text,
        address === null
          ? said('challenge_port.outer_unknown', { port })
          : said('challenge_port.outer', { port, address }),
      );
    case 'shared':
      return says(text, said('reach.shared_fix'));
    case 'no-address':
      return says(said('challenge_port.no_address', { port }), said('reach.no_address_fix', { port }));
    case 'untrue':
      return says(text, said('challenge_port.untrue_fix'));
    case 'closed':
      return says(said('challenge_port.closed', { port }), error, closedFix(tried, port));
  }
}

function closedFix(tried: Mapped['tried'], port: number): Said | null {
  if (!tried.some(({ result }) => result === 'refused')) return said('challenge_port.closed_fix');
  return port < 1024 ? said('challenge_port.low_port') : null;
}
