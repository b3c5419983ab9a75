import type { Ask, BatchReads, Key } from '../../store/batch/batch-port.ts';

/** Thrown where a rule asks for what was not loaded. One for all: where it came from says nothing. */
export const notLoaded = new Error('a rule asked for what was not loaded');

/** How a key is remembered. Only one of its parts is chosen by others, so no two keys look the same. */
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

  /** Throws `notLoaded`, and has it loaded. */
  get(...key: K): A {
    const answer = this.#answers.get(textOf(key));
    if (answer !== undefined) return answer;
    this.#wait(key);
    throw notLoaded;
  }

  /** Has it loaded with the rest. */
  want(...key: K): void {
    if (!this.#answers.has(textOf(key))) this.#wait(key);
  }

  #wait(key: K): void {
    this.#open.push(key);
    this.#used.add(this as unknown as Question<Key, unknown>);
  }

  /** Takes an answer that is known without asking. */
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

  /** Answers what is open, with one query for each kind; at once where the tables answer at once. */
  load(): void | Promise<void> {
    const waits = [...this.#used].flatMap((question) => (question.isOpen ? (question.load() ?? []) : []));
    if (waits.length > 0) return Promise.all(waits).then(() => {});
  }
}

/** Runs `rule` for each item; if some of what they ask is not loaded, asks for all of it before giving up. */
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

/** Has loaded what `rule` asks for, whose answer is needed only later. */
export function expecting(rule: () => void): void {
  try {
    rule();
  } catch (error) {
    if (error !== notLoaded) throw error;
  }
}
