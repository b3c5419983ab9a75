import { type Call, conflict, forbidden, unauthorized, upgradeRequired } from '../answer.ts';
import type { Era } from '../era.ts';
import type { Peer, Peers } from '../peers.ts';
import { asciiLower, signedText, verifies } from '../wire/signing.ts';

const skewMsMax = 60_000;
const replayMs = 86_400_000;
const i64Max = 2n ** 63n - 1n;

/** Checks who signed a call, in the order in which the existing server checks it. */
export class Transport {
  readonly #era: Era;
  readonly #peers: Peers;
  readonly #now: () => number;
  readonly #ownNames: readonly string[];
  /** When each signature may be forgotten. */
  readonly #seen = new Map<string, number>();

  constructor(options: {
    readonly era: Era;
    readonly peers: Peers;
    readonly now: () => number;
    readonly ownNames: readonly string[];
  }) {
    this.#era = options.era;
    this.#peers = options.peers;
    this.#now = options.now;
    this.#ownNames = options.ownNames;
  }

  /**
   * The peer that signed the call, and the origin as it wrote it. `target` and `body` are what the era signs, which may
   * differ from what arrived. With `once`, a repetition is refused.
   */
  authorize(
    call: Call,
    { target = call.target, body = call.body, once = call.method === 'POST' } = {},
  ): { readonly peer: Peer; readonly origin: string } {
    const header = (name: string) => headerOf(call, name);
    const [origin, keyId, time, signature] = ['origin', 'key-id', 'timestamp', 'signature'].map(header);
    if (!origin || !keyId || !time || !signature || !isI64(time)) throw unauthorized;
    this.#checkVersion(header('fed-version'));
    if (Math.abs(this.#now() - Number(time)) > skewMsMax) throw unauthorized;
    const destination = this.#destination(header('destination'));
    const peer = this.#peers.find(origin);
    if (!peer?.trusted) throw forbidden;
    const key = this.#peers.keysOf(peer).find(({ key_id }) => key_id === keyId);
    const signed = signedText({ method: call.method, target, body }, BigInt(time), destination);
    if (!key || !verifies(signed, signature, key.public_key, this.#era.isStrict)) throw forbidden;
    const [path = ''] = target.split('?');
    if (once) this.#remember([peer.server_name, call.method, time, path, signature.toLowerCase()].join(' '));
    return { peer, origin };
  }

  #checkVersion(version: string): void {
    const { versions } = this.#era;
    if (versions === null || version === '' || versions.includes(version)) return;
    const supported = versions.join(', ');
    throw upgradeRequired(
      `Unsupported federation protocol version '${version}'. Supported versions: ${supported}`,
    );
  }

  /** The fifth line, or null if there is none. */
  #destination(header: string): string | null {
    if (this.#era.takes === 'four') return null;
    const destination = asciiLower(header);
    if (destination === '') {
      if (this.#era.takes === 'five') throw unauthorized;
      return null;
    }
    if (!this.#ownNames.includes(destination)) throw forbidden;
    return destination;
  }

  #remember(key: string): void {
    const now = this.#now();
    for (const [old, until] of this.#seen) if (until < now) this.#seen.delete(old);
    if (this.#seen.has(key)) throw conflict('replayed federation transport signature');
    this.#seen.set(key, now + replayMs);
  }
}

/** Trimmed; empty if it is missing. The first one counts. */
function headerOf(call: Call, name: string): string {
  const value = call.headers[`x-paracord-${name}`];
  return String((Array.isArray(value) ? value[0] : value) ?? '').trim();
}

function isI64(text: string): boolean {
  if (!/^[+-]?\d{1,19}$/.test(text)) return false;
  const value = BigInt(text.replace('+', ''));
  return value <= i64Max && value >= -i64Max - 1n;
}
