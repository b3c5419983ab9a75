/**
 * A key for a call that writes, different for each call. It must be unique, but may be guessable. `crypto.randomUUID`
 * is missing if the page was loaded over plain http from a host other than localhost.
 */
export const newCallKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** A retry after a lost answer uses the key of the first try, so that the node does it only once. */
export class CallKeys {
  readonly #keys = new Map<string, string>();

  /** `what` identifies the action. The key is kept until the action has succeeded. */
  async once<T>(what: readonly string[], call: (key: string) => Promise<T>): Promise<T> {
    const name = JSON.stringify(what);
    const key = this.#keys.get(name) ?? newCallKey();
    this.#keys.set(name, key);
    const answer = await call(key);
    this.#keys.delete(name);
    return answer;
  }
}
