import { isIP } from 'node:net';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import { hostOf } from '../client/probe.ts';
import { addressKind } from '../kernel/ip.ts';

/** The address of this server for peers, as its invites and acceptances declare it. */
export interface OwnAddress {
  /** Absolute, federation prefix included; `null` while peers have no address to call. */
  readonly endpoint: string | null;
  /** SHA-256 of our certificate's public key, if peers have to pin it. */
  readonly tlsSha256: string | null;
}

/** The address that a server at `theirs` gets, or one whose address isn't known. */
export type FindOwnAddress = (theirs?: string | null) => OwnAddress;

/**
 * `publicUrl` is for everybody, except that a server in our own network gets `local`: not every router leads its own
 * network back to its public address. `pinned`: the key of a self-signed certificate.
 */
export const ownAddressFinder =
  (at: { readonly publicUrl: string | null; readonly local: string | null }, pinned: () => string | null) =>
  (theirs: string | null = null): OwnAddress => {
    const { publicUrl, local } = at;
    const isNear = local !== null && theirs !== null && isSameKind(local, theirs);
    return ownAddressOf(
      isNear && !(publicUrl !== null && isSameKind(publicUrl, theirs)) ? local : publicUrl,
      pinned(),
    );
  };

const isSameKind = (one: string, other: string): boolean => {
  const scope = addressScope(new URL(one));
  return (scope === 'private' || scope === 'loopback') && scope === addressScope(new URL(other));
};

export const ownAddressOf = (base: string | null, pinned: string | null): OwnAddress => ({
  endpoint: base === null ? null : base + federationPrefix,
  tlsSha256: base?.startsWith('https:') === true ? pinned : null,
});

/**
 * How far a browser can trust a page of ours: one that the system vouches for, one behind a certificate that it warns
 * about, or one over plain http.
 */
export function pageTrust({ endpoint, tlsSha256 }: OwnAddress): 'trusted' | 'self_signed' | 'plain' {
  if (endpoint?.startsWith('https:') !== true) return 'plain';
  return tlsSha256 === null ? 'trusted' : 'self_signed';
}

export function addressScope(url: URL): 'loopback' | 'private' | 'public' | 'name' {
  const host = hostOf(url);
  const kind = addressKind(host);
  if (kind === 'loopback') return kind;
  if (isIP(host) === 0) return 'name';
  return kind === 'public' ? kind : 'private';
}
