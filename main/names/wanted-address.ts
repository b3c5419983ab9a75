/** Decides which address a kept name should have, and when to write or ask again. Pure. */
import type { KeptNameAddress } from '../../shared/api/views/reach-views.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { type BackOff, backOffMs } from '../kernel/back-off.ts';
import { addressKind } from '../kernel/ip.ts';

/** The addresses that this computer knows of itself. */
export interface Whereabouts {
  /** The home’s address on the internet: the router’s, or this computer’s own. */
  readonly outside: string | null;
  /** This computer’s address in the home network. */
  readonly home: string | null;
}

export type Wanted =
  | { readonly kind: 'address'; readonly address: string }
  /** The provider alone can see the address. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'none'; readonly said: Said };

export function wantedAddress(which: KeptNameAddress, { outside, home }: Whereabouts): Wanted {
  if (which === 'home')
    return home === null
      ? { kind: 'none', said: said('kept_name.no_home') }
      : { kind: 'address', address: home };
  return outside !== null && addressKind(outside) === 'public'
    ? { kind: 'address', address: outside }
    : { kind: 'ask' };
}

/** The record at the provider, and how we keep it. */
interface RecordState {
  readonly address: string | null;
  /** The provider accepted the address at `set_at`, and last told us where it sees us at `asked_at`. */
  readonly set_at: number;
  readonly asked_at: number;
  readonly failures: number;
  /** The earliest time of the next attempt after a failure. */
  readonly next_attempt_at: number;
}

/** A provider that is asked all day long shuts us out. */
export const askEveryMs = 10 * 60_000;
/** Somebody else may have changed it, and some providers drop what nobody renews. */
const renewEveryMs = 86_400_000;
const afterFailure: BackOff = { firstMs: 60_000, maxMs: 3_600_000 };
/** The pauses before this failure add up to an hour. */
const lastingFailures = 7;

/** True if it has failed for an hour, so that only what doesn't pass by itself is reported. */
export const isLasting = ({ failures }: Pick<RecordState, 'failures'>): boolean =>
  failures >= lastingFailures;

/** True if the record has to be written. */
export const isStale = ({ address, set_at }: RecordState, wanted: string, now: number): boolean =>
  address !== wanted || now - set_at >= renewEveryMs || now < set_at;

export const retryAt = (failures: number, asked: number | null, now: number): number =>
  Math.max(now + backOffMs(afterFailure, failures), asked ?? 0);
