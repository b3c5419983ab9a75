import type { Input } from '../../../../shared/api/contract.ts';
import { normalizeServerName } from '../../../../shared/protocol/identifiers.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import { checkAddress } from '../../../parts/controls/checks.ts';
import { text } from '../../../text/text.ts';

/** A name or an address, as people type them. */
export type Target =
  | { readonly kind: 'name'; readonly name: string; readonly words: string }
  | { readonly kind: 'address'; readonly endpoint: string; readonly words: string }
  | { readonly kind: 'wrong'; readonly problem: string };

export function readTarget(typed: string): Target {
  const words = text.peers.adding;
  const given = typed.trim();
  if (/^paracord:/i.test(given)) return { kind: 'wrong', problem: words.isLink };
  const asName = nameOf(given);
  if (asName !== null) return { kind: 'name', name: asName, words: words.byName({ name: asName }) };
  const problem = checkAddress(given);
  if (problem !== null) return { kind: 'wrong', problem: nameProblem(given) ?? problem };
  const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`);
  const path = url.pathname.replace(/\/+$/, '');
  if ((path !== '' && path !== federationPrefix) || url.search !== '' || url.hash !== '')
    return { kind: 'wrong', problem: words.notAlone };
  const tell = url.protocol === 'http:' ? words.plain : words.byAddress;
  return { kind: 'address', endpoint: url.origin, words: tell({ address: url.origin }) };
}

/** Facts that the owner knows about a server that doesn't say who it is. Each may be empty. */
export interface HiddenPeer {
  readonly name: string;
  readonly keyId: string;
  readonly key: string;
}

/** Makes the input that adds a peer. `hidden`: null unless the owner says that it hides its page. */
export function peerToAdd(
  target: Exclude<Target, { kind: 'wrong' }>,
  hidden: HiddenPeer | null,
): Omit<Input<'addPeer'>, 'mode'> {
  const [name, key_id, key] = [hidden?.name, hidden?.keyId, hidden?.key].map((typed) => typed?.trim() ?? '');
  return {
    ...(target.kind === 'address'
      ? { endpoint: target.endpoint }
      : name
        ? { endpoint: `https://${target.name}` }
        : { server_name: target.name }),
    ...(name && { server_name: name }),
    ...((key_id || key) && { key: { key_id: key_id ?? '', public_key: (key ?? '').toLowerCase() } }),
  };
}

/** Checks a field that accepts only addresses. */
export function checkPeerAddress(typed: string): string | null {
  const target = readTarget(typed);
  return target.kind === 'wrong' ? target.problem : null;
}

/** The server name to block without any contact. */
export function nameInTarget(target: Target): string | null {
  if (target.kind === 'name') return target.name;
  return target.kind === 'address' ? nameOf(new URL(target.endpoint).hostname) : null;
}

function nameOf(typed: string): string | null {
  try {
    return normalizeServerName(typed);
  } catch {
    return null;
  }
}

/** Why text without a scheme, port or path isn't a valid name. */
function nameProblem(typed: string): string | null {
  if (/[:/]/.test(typed)) return null;
  try {
    normalizeServerName(typed);
    return null;
  } catch {
    return text.peers.adding.wrongName;
  }
}

/** Whether only this computer reaches that address. */
export function isLocal(address: string): boolean {
  const host = URL.parse(address)?.hostname ?? '';
  return /^(?:localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])$/.test(host);
}
