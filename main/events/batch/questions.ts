import type { Ask, BatchReads, Key } from '../../store/batch/batch-port.ts';

/** Thrown when a rule asks for something that is not loaded. There is only one, because nobody reads its stack. */
export const notLoaded = new Error('a rule asked for what was not loaded');

/**
 * The key of an answer in the map. Only one of its parts can contain a line break, so two different keys never look the
 * same.
 */
const textOf = (key: Key): string | number | null => (key.length === 1 ? (key[0] ?? null) : key.join('\n'));

/** One kind of question, with the answers known so far. */
export class Question<K extends Key, A> {
  readonly #ask: Ask<K, A>;
  readonly #used: Set<Question<Key, unknown>>;
  readonly #answers = new Map<string | number | null, A>();
  #open: K[] = [];

  /** `used` collects the questions that were asked. */
  constructor(ask: Ask<K, A>, used: Set<Question<Key, unknown>>) {
    this.#ask = ask;
    this.#used = used;
  }

  /** If the answer isn't loaded, requests it and throws `notLoaded`. */
  get(...key: K): A {
    const answer = this.#answers.get(textOf(key));
    if (answer !== undefined) return answer;
    this.#wait(key);
    throw notLoaded;
  }

  /** Requests the answer, to be loaded with the others. */
  want(...key: K): void {
    if (!this.#answers.has(textOf(key))) this.#wait(key);
  }

  #wait(key: K): void {
    this.#open.push(key);
    this.#used.add(this as unknown as Question<Key, unknown>);
  }

  /** Stores an answer that is known without a query. */
  know(answer: A, ...key: K): void {
    this.#answers.set(textOf(key), answer);
    this.#used.add(this as unknown as Question<Key, unknown>);
  }

  forget(): void {
    this.#answers.clear();
    this.#open = [];
  }

  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** With one query. */
  load(): void | Promise<void> {
    const open = new Map(this.#open.map((key) => [textOf(key), key]));
    this.#open = [];
    const found = this.#ask([...open.values()]);
    const keep = (answers: readonly A[]) => {
      let at = 0;
      for (const text of open.keys()) this.#answers.set(text, answers[at++] as A);
    };
    return found instanceof Promise ? found.then(keep) : keep(found);
  }
}

type Questioned<A> = A extends Ask<infer K, infer V> ? Question<K, V> : never;

export type Asked = { readonly [N in keyof BatchReads]: Questioned<BatchReads[N]> };

/** All questions of a batch. */
export class Questions {
  readonly ask: Asked;
  readonly #used = new Set<Question<Key, unknown>>();

  constructor(reads: BatchReads) {
    const entries = Object.entries(reads).map(
      ([name, ask]) => [name, new Question(ask as Ask<Key, unknown>, this.#used)] as const,
    );
    this.ask = Object.fromEntries(entries) as unknown as Asked;
  }

  /** Before another batch: nothing is known any more. */
  forget(): void {
    for (const question of this.#used) question.forget();
    this.#used.clear();
  }

  get isOpen(): boolean {
    return [...this.#used].some((question) => question.isOpen);
  }

  /** Answers open questions, with one query per kind; synchronously if the tables answer synchronously. */
  load(): void | Promise<void> {
    const waits = [...this.#used].flatMap((question) => (question.isOpen ? (question.load() ?? []) : []));
    if (waits.length > 0) return Promise.all(waits).then(() => {});
  }
}

/**
 * Runs `rule` for each item. If something isn't loaded, continues anyway, so that everything missing is requested at
 * once.
 */
export function forEachLoaded<T>(items: Iterable<T>, rule: (item: T) => void): void {
  let isMissing = false;
  for (const item of items)
    try {
      rule(item);
    } catch (error) {
      if (error !== notLoaded) throw error;
      isMissing = true;
    }
  if (isMissing) throw notLoaded;
}

/** Requests what `rule` asks for. The answer is needed only later. */
export function expecting(rule: () => void): void {
  try {
    rule();
  } catch (error) {
    if (error !== notLoaded) throw error;
  }
}
