/**
 * Our key at a server of another kind: what its admin sends to register it, and how long it lasts there. Pure; times in
 * milliseconds (docs/protocol/existing-server.md, "Keys").
 */

import type { AdminRequest } from '../../../shared/api/views/peer-views.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { WhyRefused } from './form-probe.ts';

const dayMs = 86_400_000;
/** How long a server keeps a key of ours that it discovered. A pinned one stays. */
const discoveredKeyMsMax = 30 * dayMs;
/** The owner is warned from this age on, because nobody here can see how the key was registered. */
const discoveredKeyWarnMs = 25 * dayMs;
/** The owner sees for so long that a server was updated, or went back. */
const newsMs = 7 * dayMs;

type Proof = Pick<PeerRow, 'form' | 'proved_key' | 'proved_at'>;

/** When our key ends there if its admin used `discover`; null if it never does. */
const keyEndsAt = ({ form, proved_at }: Proof): number | null =>
  form === 'addressed' && proved_at !== null ? proved_at + discoveredKeyMsMax : null;

/** Set from five days before the end until then: who is still accepted afterwards was pinned. */
export function keyEndsSoonAt(proof: Proof, now: number): number | null {
  const at = keyEndsAt(proof);
  return at !== null && now >= at - discoveredKeyMsMax + discoveredKeyWarnMs && now < at ? at : null;
}

/** Whether a refusal may mean that a discovered key has ended. Its days started before we noticed, so it may be early. */
export const mayHaveEnded = ({ form, proved_at }: Proof, now: number): boolean =>
  form === 'addressed' && proved_at !== null && now - proved_at >= discoveredKeyWarnMs;

/** The direction in which the server's version went lately, if it did. */
export function versionNews(
  { form, form_before, form_since }: Pick<PeerRow, 'form' | 'form_before' | 'form_since'>,
  now: number,
): 'updated' | 'went_back' | null {
  if (form_before === null || form_before === form || form_since === null || now - form_since > newsMs)
    return null;
  return form === 'addressed' ? 'updated' : 'went_back';
}

/**
 * Whether its admin has something to send: our active key isn't proved there, is refused, or may end soon.
 * `isRefused`: its last answer to our question was a refusal.
 */
export const needsRegistering = (proof: Proof, activeKey: string, isRefused: boolean, now: number): boolean =>
  proof.proved_key !== activeKey || isRefused || keyEndsSoonAt(proof, now) !== null;

/**
 * Servers that read the bare form verify with discovered keys only. The others accept a pin, which never ends; those
 * before 3.0.1 don't, but nothing tells them apart.
 */
export const usesDiscover = ({ form }: Pick<PeerRow, 'form'>, why: WhyRefused | null): boolean =>
  form === 'bare' || (form === null && why === 'not_added');

interface Ours {
  readonly serverName: string;
  readonly domain: string;
  /** The endpoint, as the discovery document says. */
  readonly endpoint: string;
  readonly keyId: string;
  readonly publicKey: string;
}

/** Writes the request in the order of its documentation, with which its admin compares it. */
export const adminRequestOf = (ours: Ours, discover: boolean): AdminRequest => ({
  server_name: ours.serverName,
  domain: ours.domain,
  federation_endpoint: ours.endpoint,
  public_key_hex: ours.publicKey,
  key_id: ours.keyId,
  trusted: true,
  discover,
});
