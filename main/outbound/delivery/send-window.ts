/** A batch has to fit into a body, together with the JSON around its events. */
const batchBytesMax = 1_048_576;
/** So many full requests fill the window. */
const requestsMin = 4;
const windowBytesMin = 65_536;
const windowBytesStart = 262_144;
const windowBytesMax = requestsMin * batchBytesMax;
const slowMs = 4_000;
const fastMs = 1_000;

/** A request that was sent when so many bytes were under way, itself included. */
export interface Load {
  readonly bytes: number;
  readonly underWay: number;
  readonly at: number;
}

/**
 * How many bytes may be under way to one server. As with pages of catch-up, a request that takes long halves it, and one
 * that doesn't doubles it, at most once in a round trip. Otherwise everything that waits would share a slow line at once,
 * and each request would take longer than anybody waits for it.
 */
export class SendWindow {
  #bytesMax = windowBytesStart;
  #underWay = 0;
  #changedAt = Number.NEGATIVE_INFINITY;

  get requestBytesMax(): number {
    return Math.min(this.#bytesMax / requestsMin, batchBytesMax);
  }

  get isFull(): boolean {
    return this.#underWay >= this.#bytesMax;
  }

  sent(bytes: number, at: number): Load {
    this.#underWay += bytes;
    return { bytes, underWay: this.#underWay, at };
  }

  answered(load: Load, now: number): void {
    this.#underWay -= load.bytes;
    // A request that was sent before the last change says nothing about the window since.
    if (load.at < this.#changedAt) return;
    const tookMs = now - load.at;
    if (tookMs > slowMs) this.#resize(this.#bytesMax / 2, now);
    // A small request is quick on any line.
    else if (tookMs < fastMs && load.underWay >= this.#bytesMax / 2) this.#resize(this.#bytesMax * 2, now);
  }

  #resize(bytes: number, now: number): void {
    this.#bytesMax = Math.min(Math.max(bytes, windowBytesMin), windowBytesMax);
    this.#changedAt = now;
  }
}
