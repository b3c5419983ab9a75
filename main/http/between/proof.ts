import { createHmac, timingSafeEqual } from 'node:crypto';
import { limits } from '../../../shared/protocol/limits.ts';
import { sha256Hex } from '../../crypto/ed25519.ts';
import type { Clock, Random } from '../../kernel/ports.ts';

/** The header with which one node of a server proves to the other that both have the same identity. */
export const proofHeader = 'x-paracord-between-nodes';

/** What a proof is about. */
export interface Claim {
  /** Which lead of the leader: a request recorded under another one is worth nothing. */
  readonly token: number;
  readonly method: string;
  readonly target: string;
  /** Empty for a peer's request that is passed on: the peer's own signature covers its body. */
  readonly body: Buffer | '';
}

type ClaimHead = Omit<Claim, 'body'>;

const codeOf = (
  key: Buffer,
  at: number,
  nonce: string,
  { token, method, target }: ClaimHead,
  bodyHash: string,
): string =>
  createHmac('sha256', key)
    .update(JSON.stringify(['between nodes', token, at, nonce, method, target, bodyHash]))
    .digest('hex');

/** The header's value. Not a signature with the server's key, because only the leader signs. */
export function prove(key: Buffer, claim: Claim, at: number, nonce: string): string {
  const bodyHash = sha256Hex(claim.body);
  return `${at} ${nonce} ${bodyHash} ${codeOf(key, at, nonce, claim, bodyHash)}`;
}

/** The numbers of one node's requests: each is used once. */
export class Nonces {
  readonly #run: string;
  #count = 0;

  constructor(random: Random) {
    this.#run = random.bytes(8).toString('hex');
  }

  next(): string {
    return `${this.#run}.${++this.#count}`;
  }
}

/** Requests of one node may arrive out of order, by no more than this. */
const disorderMax = 4096;

/** Which numbers of one node have been seen. What is `disorderMax` below the highest counts as seen. */
class Seen {
  readonly #counts = new Set<number>();
  #highest = 0;
  usedAt = 0;

  /** Whether it is new; records it. */
  add(count: number): boolean {
    if (count <= this.#highest - disorderMax || this.#counts.has(count)) return false;
    if (count - this.#highest >= disorderMax) this.#counts.clear();
    else for (let old = this.#highest; old < count; old++) this.#counts.delete(old - disorderMax + 1);
    this.#counts.add(count);
    this.#highest = Math.max(this.#highest, count);
    return true;
  }
}

/** Checks proofs like signatures of peers: made by us, a short time ago, and never seen before. */
export class Proofs {
  readonly #key: Buffer;
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  constructor(key: Buffer, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /**
   * Accepts each proof once, before the body is read, so that nobody else makes this node hold one. Returns the SHA-256
   * that the body has to have, in hex; null if the proof isn't accepted.
   */
  accept(header: string | undefined, claim: ClaimHead): string | null {
    const [, at = '', run = '', count = '', bodyHash = '', code = ''] =
      /^(\d{1,15}) ([0-9a-f]{16})\.([1-9]\d{0,14}) ([0-9a-f]{64}) ([0-9a-f]{64})$/.exec(header ?? '') ?? [];
    if (code === '') return null;
    const right = codeOf(this.#key, Number(at), `${run}.${count}`, claim, bodyHash);
    if (!timingSafeEqual(Buffer.from(code), Buffer.from(right))) return null;
    const now = this.#clock.now();
    if (Math.abs(now - Number(at)) > limits.clockSkewMsMax) return null;
    // After that, the time in what was recorded is too old.
    for (const [old, { usedAt }] of this.#seen)
      if (Math.abs(now - usedAt) > 2 * limits.clockSkewMsMax) this.#seen.delete(old);
    const seen = this.#seen.get(run) ?? new Seen();
    this.#seen.set(run, seen);
    seen.usedAt = now;
    return seen.add(Number(count)) ? bodyHash : null;
  }
}
