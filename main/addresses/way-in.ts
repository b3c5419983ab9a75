import { portOf } from '../kernel/ip.ts';
import type { Tables } from '../store/ports.ts';

interface Deps {
  readonly store: Tables<'meta' | 'writer'>;
  /** The public address. */
  readonly publicUrl: () => string | null;
  /** The listener's address on this computer; empty without one. */
  readonly listenerUrl: () => string;
}

const metaKey = 'way_in';

/** Whether peers get in at the public address, with the listener as it is now. A call of a peer proves it. */
export class WayIn {
  readonly #deps: Deps;

  /** The last proof; requests are too many to read it from disk. */
  #proven: string | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#proven = deps.store.meta.get(metaKey);
  }

  /** A peer called. `scheme`: what a proxy says that it used. */
  calledAt(host: string, scheme: string | undefined): void {
    const { store, publicUrl, listenerUrl } = this.#deps;
    const url = publicUrl();
    if (url === null || listenerUrl() === '' || this.isProven) return;
    const used = scheme ?? new URL(listenerUrl()).protocol.slice(0, -1);
    if (URL.parse(`${used}://${host}`)?.origin !== new URL(url).origin) return;
    const subject = this.#subject();
    this.#proven = subject;
    store.writer.write(() => store.meta.put(metaKey, subject)).catch(() => {});
  }

  /** Survives a restart, and ends once the address or the listener is another one. */
  get isProven(): boolean {
    return this.#proven === this.#subject();
  }

  #subject(): string {
    const { publicUrl, listenerUrl } = this.#deps;
    const listener = URL.parse(listenerUrl());
    return `${publicUrl()} ${listener?.protocol} ${listener?.port}`;
  }
}

/**
 * Returns why peers can't get in, as far as the settings show it: nothing does TLS for an address with https, or the
 * address names another port than the listener has, and no router forwards it. Pure.
 */
export function wayInProblem({
  publicUrl,
  listenerUrl,
  externalPort,
}: {
  readonly publicUrl: string | null;
  readonly listenerUrl: string;
  /** The outer port of the rule in the router; null without one. */
  readonly externalPort: number | null;
}): 'proxy-missing' | 'address-port-differs' | null {
  if (publicUrl === null || listenerUrl === '') return null;
  const [address, listener] = [new URL(publicUrl), new URL(listenerUrl)];
  if (listener.protocol === 'http:') return address.protocol === 'https:' ? 'proxy-missing' : null;
  const port = portOf(address);
  return port === portOf(listener) || port === externalPort ? null : 'address-port-differs';
}
