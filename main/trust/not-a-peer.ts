/** What an owner reads who wants something of a server that cannot be asked for it, with the next step. */

import type { Standing } from '../facts.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';

/** `null` for a peer that is allowed. */
export function whyNotAllowed(server: string, standing: Standing): string | null {
  switch (standing) {
    case 'blocked':
    case 'quarantined':
      return `You have ${server} ${standing}. Allow it on its page first, or run: paracord-node peers allow ${server}`;
    case 'known':
    case 'unknown':
      return `${server} is not a peer of this server. Add it as a peer first, or send its owner an invite.`;
    case 'allowed':
      return null;
  }
}

/** `null` for a peer that is allowed and can be called. */
export function whyNotCalled(
  server: string,
  standing: Standing,
  peer: Pick<PeerRow, 'endpoint'> | undefined,
): string | null {
  const why = whyNotAllowed(server, standing);
  if (why !== null || peer?.endpoint != null) return why;
  return `${server} is a peer, but no address of it is known here, so this server cannot ask it. A Paracord Node sends its address as soon as it has one: ask its owner to set a public address in Settings, Network. Or set it yourself under “Address” on the page of ${server}.`;
}

/** What to do about a peer that could not be called, by the error's code. */
export const nextStepFor = (code: string | undefined): string =>
  code === 'CERTIFICATE_REFUSED'
    ? 'Ask its owner whether they have a new certificate. If so, look the server up again under “Address” on its page, which pins that one.'
    : 'Try again when it is back.';
