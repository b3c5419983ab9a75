import { WellKnown } from '../../../shared/protocol/bodies.ts';
import type { Extension } from '../../../shared/protocol/extensions.ts';
import { wellKnownPath } from '../../../shared/protocol/transport.ts';
import { SaidError } from '../../../shared/words/refusal.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import type { Tell } from '../../facts.ts';
import { backOffMs } from '../../kernel/back-off.ts';
import type { Clock, Random } from '../../kernel/ports.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { PeerDirectory } from '../peer-directory.ts';
import { calleeOf, isAlwaysAddressed } from '../peer-rows.ts';
import { mayHidePage, understand, whyNotOf } from './discovery.ts';

const second = 1000;
const minute = 60 * second;
/** Within this time we notice that a peer was updated, or replaced by another server. */
export const lookAgainMs = 3 * 60 * minute;
/** A reason to check soon counts at most this often per peer. */
const lookGapMs = minute;
const tickMs = 15 * second;
const startSpreadMs = 10 * second;

/** When to read a discovery document next, unix ms, from when it was last read and how often that failed since. */
export function lookDueAt(facts: {
  readonly discoveredAt: number | null;
  readonly triedAt: number | null;
  readonly failures: number;
}): number {
  const { discoveredAt, triedAt, failures } = facts;
  if (triedAt !== null && failures > 0)
    return triedAt + backOffMs({ firstMs: minute, maxMs: lookAgainMs }, failures);
  return discoveredAt === null ? 0 : discoveredAt + lookAgainMs;
}

/**
 * Applies a new document. One thing it can't change: a server that was always addressed stays so, because nobody signs
 * the document, and a forger would get requests that are good at other servers, too.
 */
function stillAddressed(peer: PeerRow, listed: readonly string[]): readonly string[] {
  if (!isAlwaysAddressed(peer) || listed.includes('destination')) return listed;
  return [...listed, 'destination' satisfies Extension].sort();
}

interface Look {
  failures: number;
  triedAt: number | null;
  running: Promise<void> | null;
}

interface RediscoveryDeps {
  readonly directory: PeerDirectory;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: { debug(details: object, message: string): void };
  readonly tell: Tell;
}

/**
 * Rereads the discovery documents of peers, to know which extensions each supports. Nothing waits for it, and a
 * document that can't be read changes nothing. Only the list of extensions is used; names, keys and addresses change in
 * other ways.
 */
export class Rediscovery {
  readonly #deps: RediscoveryDeps;
  readonly #looks = new Map<string, Look>();
  readonly #cancels = new Set<() => void>();
  #isOn = false;
  #ending = new AbortController();

  constructor(deps: RediscoveryDeps) {
    this.#deps = deps;
  }

  /** Checks every peer within seconds, because it may have changed while we were down. */
  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    const { directory, random } = this.#deps;
    for (const { server_name, discovered_at } of directory.all())
      this.#after(discovered_at === null ? 0 : random.next() * startSpreadMs, () =>
        this.lookSoon(server_name),
      );
    this.#tick();
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#ending.abort();
    this.#ending = new AbortController();
    await Promise.all([...this.#looks.values()].map(({ running }) => running));
  }

  /** Something suggests that a peer's extensions are not the ones we have stored. */
  lookSoon(server: string): void {
    const { directory, clock } = this.#deps;
    const lastAt = Math.max(this.#look(server).triedAt ?? 0, directory.get(server)?.discovered_at ?? 0);
    if (clock.now() - lastAt >= lookGapMs) this.#begin(server);
  }

  forget(server: string): void {
    this.#looks.delete(server);
  }

  #tick(): void {
    const { directory, clock } = this.#deps;
    for (const { server_name, discovered_at } of directory.all()) {
      const { triedAt, failures } = this.#look(server_name);
      if (clock.now() >= lookDueAt({ discoveredAt: discovered_at, triedAt, failures }))
        this.#begin(server_name);
    }
    this.#after(tickMs, () => this.#tick());
  }

  #after(ms: number, job: () => void): void {
    const cancel = this.#deps.clock.after(ms, () => {
      this.#cancels.delete(cancel);
      job();
    });
    this.#cancels.add(cancel);
  }

  #look(server: string): Look {
    let look = this.#looks.get(server);
    if (!look) {
      look = { failures: 0, triedAt: null, running: null };
      this.#looks.set(server, look);
    }
    return look;
  }

  #begin(server: string): void {
    const { directory, clock, log } = this.#deps;
    const peer = directory.get(server);
    const look = this.#look(server);
    if (!this.#isOn || look.running || !peer || !directory.isAllowed(server)) return;
    look.triedAt = clock.now();
    look.running = this.#read(peer)
      .then(() => {
        look.failures = 0;
      })
      .catch((error: Error) => {
        look.failures++;
        log.debug({ peer: server, err: error.message }, 'its discovery document could not be read');
      })
      .finally(() => {
        look.running = null;
      });
  }

  async #read(peer: PeerRow): Promise<void> {
    const { directory, client, clock, tell } = this.#deps;
    const callee = calleeOf(peer);
    if (!callee) return;
    const url = new URL(callee.endpoint).origin + wellKnownPath;
    const answer = await client.read(url, callee.policy, this.#ending.signal);
    if (mayHidePage(peer, answer)) {
      await directory.change(peer.server_name, { discovered_at: clock.now() });
      return;
    }
    const info = understand(WellKnown, answer, url);
    const why = whyNotOf(info, peer);
    if (why !== null) throw new SaidError(why);
    const now = directory.get(peer.server_name);
    if (now?.endpoint !== peer.endpoint) return;
    const extensions = stillAddressed(now, info.extensions).join(' ');
    const isNews = extensions !== now.extensions;
    await directory.change(peer.server_name, { extensions, discovered_at: clock.now() }, (tx) => {
      if (isNews) tx.afterCommit(() => tell({ fact: 'extensions-changed', server: peer.server_name }));
    });
  }
}
