/** The least that a whole second in a header, and a slow answer, can't explain. */
const offMsMin = 60_000;

/**
 * The node's time. The browser may run on another computer, whose clock is off; what the screens show came from the
 * node, so they compare it with the node's clock.
 */
class NodeClock {
  /** How far the browser's clock is ahead of the node's; 0 if they agree. */
  aheadMs = $state(0);

  now(): number {
    return Date.now() - this.aheadMs;
  }

  /** An answer of the node came. `date`: its Date header, in whole seconds; `askedAt`: when the browser asked. */
  answered(date: string | null, askedAt: number): void {
    const at = Date.parse(date ?? '');
    if (Number.isNaN(at)) return;
    const answeredAt = Date.now();
    const ahead = (askedAt + answeredAt) / 2 - (at + 500);
    const unsure = (answeredAt - askedAt) / 2 + 500;
    if (Math.abs(ahead - this.aheadMs) <= unsure) return;
    const isOff = Math.abs(ahead) - unsure >= offMsMin;
    if (isOff || this.aheadMs !== 0) this.aheadMs = isOff ? ahead : 0;
  }
}

export const nodeClock = new NodeClock();
