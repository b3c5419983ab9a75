import { parseReceipts, parseReceiptsNext } from '../../../shared/protocol/receipts.ts';
import type { FindOwnAddress } from '../../addresses/own-address.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import { type TakeReceiptsDeps, takeReceipts } from '../../events/take-receipts.ts';
import type { Log } from '../../kernel/log.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';

/** A home that was just asked is not asked again within this time. */
const askGapMs = 5_000;

type ReceiptReadingDeps = TakeReceiptsDeps & {
  readonly directory: PeerDirectory;
  readonly client: FederationClient;
  readonly log: Log;
  readonly ownAddress: FindOwnAddress;
};

/**
 * If nobody can call us, no home can report who has our events. So we ask a home after it has answered another call, if
 * reports are still missing. A node that can be called asks nobody.
 */
export class ReceiptReading {
  readonly #deps: ReceiptReadingDeps;
  readonly #askedAt = new Map<string, number>();
  readonly #running = new Set<string>();

  constructor(deps: ReceiptReadingDeps) {
    this.#deps = deps;
  }

  /** A peer answered a call of ours. */
  answeredBy(home: string): void {
    const { clock, directory, ownAddress, log, store } = this.#deps;
    const now = clock.now();
    if (
      ownAddress(directory.get(home)?.endpoint).endpoint !== null ||
      now - (this.#askedAt.get(home) ?? Number.NEGATIVE_INFINITY) < askGapMs
    )
      return;
    if (!directory.answers(home, 'receipts') || !store.receipts.isOpen(home)) return;
    if (this.#running.has(home)) return;
    this.#askedAt.set(home, now);
    this.#running.add(home);
    this.#read(home)
      .catch((error: unknown) => log.debug({ err: error, peer: home }, 'could not read receipts'))
      .finally(() => this.#running.delete(home));
  }

  async #read(home: string): Promise<void> {
    const { client, clock, directory } = this.#deps;
    for (let after = 0; ; ) {
      const peer = directory.get(home);
      const callee = peer && directory.isAllowed(home) ? calleeOf(peer) : null;
      if (!callee) return;
      const answer = await client.call(callee, { method: 'GET', path: `/receipts?after=${after}` });
      if (answer.kind !== 'answer' || answer.status !== 200) return;
      const next = parseReceiptsNext(answer.body);
      const told = parseReceipts(answer.body, clock.now());
      await takeReceipts(this.#deps, home, answer.body);
      // A home that reports nothing but promises more would be asked forever.
      if (next <= after || told.length === 0) return;
      after = next;
    }
  }
}
