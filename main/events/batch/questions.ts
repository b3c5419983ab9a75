import type { Ask, BatchReads, Key } from '../../store/batch/batch-port.ts';

/** Thrown where a rule asks for what was not loaded. One for all: where it came from says nothing. */
export const notLoaded = new Error('A rule asked for what was not loaded.');

/** One kind of question, with the answers known so far. */
export class Question<K extends Key, A> {
  readonly #ask: Ask<K, A>;
  readonly #answers = new Map<string, A>();
  readonly #open = new Map<string, K>();

  constructor(ask: Ask<K, A>) {
    this.#ask = ask;
  }

  /** Throws `notLoaded`, and has it loaded. */
  get(...key: K): A {
    const answer = this.#answers.get(key.join('\n'));
    if (answer !== undefined) return answer;
    this.#open.set(key.join('\n'), key);
    throw notLoaded;
  }

  /** Has it loaded with the rest. */
  want(...key: K): void {
    const text = key.join('\n');
    if (!this.#answers.has(text)) this.#open.set(text, key);
  }

  /** Takes an answer that is known without asking. */
  know(answer: A, ...key: K): void {
    this.#answers.set(key.join('\n'), answer);
  }

  forget(): void {
    if (this.#answers.size > 0) this.#answers.clear();
    if (this.#open.size > 0) this.#open.clear();
  }

  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** With one query. */
  load(): void | Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    const found = this.#ask(open.map(([, key]) => key));
    const keep = (answers: readonly A[]) =>
      open.forEach(([text], i) => {
        this.#answers.set(text, answers[i] as A);
      });
    return found instanceof Promise ? found.then(keep) : keep(found);
  }
}

type Questioned<A> = A extends Ask<infer K, infer V> ? Question<K, V> : never;

export type Asked = { readonly [N in keyof BatchReads]: Questioned<BatchReads[N]> };

/** All questions of a batch. */
export class Questions {
  readonly ask: Asked;
  readonly #all: readonly Question<Key, unknown>[];

  constructor(reads: BatchReads) {
    const entries = Object.entries(reads).map(
      ([name, ask]) => [name, new Question(ask as Ask<Key, unknown>)] as const,
    );
    this.#all = entries.map(([, question]) => question);
    this.ask = Object.fromEntries(entries) as unknown as Asked;
  }

  /** Before another batch: nothing is known any more. */
  forget(): void {
    for (const question of this.#all) question.forget();
  }

  get isOpen(): boolean {
    return this.#all.some((question) => question.isOpen);
  }

  /** Answers what is open, with one query for each kind; at once where the tables answer at once. */
  load(): void | Promise<void> {
    const waits = this.#all.flatMap((question) => (question.isOpen ? (question.load() ?? []) : []));
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
