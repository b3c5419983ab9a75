/**
 * A map of at most `max` entries, for keys that others choose. When it is full, the entry that was set longest ago is
 * dropped.
 */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #max: number;
  readonly #dropped: (value: V) => void;

  /** `dropped` is called with the value of each dropped entry. */
  constructor(max: number, dropped: (value: V) => void = () => {}) {
    super();
    this.#max = max;
    this.#dropped = dropped;
  }

  /** Sets the entry, and makes it the newest. */
  override set(key: K, value: V): this {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.#max) {
      const [[oldest, dropped]] = this as unknown as [[K, V]];
      this.delete(oldest);
      this.#dropped(dropped);
    }
    return this;
  }
}
