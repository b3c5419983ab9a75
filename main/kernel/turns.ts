/** Jobs of the same key run one after another, in the order they were given; a failure does not stop the next. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  take<T>(key: string, job: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(job);
    const over = turn.then(
      () => {},
      () => {},
    );
    this.#last.set(key, over);
    void over.then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    });
    return turn;
  }
}
