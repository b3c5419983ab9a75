/**
 * A key for a call that writes, new for each; unguessable is not needed, unique is. `crypto.randomUUID` is missing
 * where the page came over plain http from another name than localhost.
 */
export const newCallKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** What is tried again after a lost answer is sent with the key of the first try, so that the node does it once. */
export class CallKeys {
  readonly #keys = new Map<string, string>();

  /** `what` identifies the action. The key is kept until the action has worked. */
  async once<T>(what: readonly string[], call: (key: string) => Promise<T>): Promise<T> {
    const name = JSON.stringify(what);
    const key = this.#keys.get(name) ?? newCallKey();
    this.#keys.set(name, key);
    const answer = await call(key);
    this.#keys.delete(name);
    return answer;
  }
}
