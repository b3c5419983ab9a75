/** Keeps the last answers of the server in this browser, to show them while it is away. */
import { type Api, contract, type ProcedureName, proceduresOf } from '../../shared/api/contract.ts';

/** Procedures that the screens of rooms and messages read. */
const keptNames: ReadonlySet<ProcedureName> = new Set([
  'account',
  'unread',
  'rooms',
  'room',
  'members',
  'people',
  'invites',
  'timeline',
]);
const prefix = 'kept ';
/** Answers, and characters in all of them together: browsers give a site about five million. */
const countMax = 60;
const charactersMax = 2_000_000;
const oneMax = 300_000;

/** The error of `fetch` if nobody answers, or not in time. */
const isAway = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');

/** How often answers were forgotten: one that was asked for before that must not be kept. */
let forgotten = 0;

type Keep = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** `api`, with kept answers until the connection is open, and while the server is away. */
export function keeping(api: Api, isOpen: () => boolean, storage: Keep = localStorage): Api {
  return proceduresOf<Api>(contract, async (name, input) => {
    const call = api[name as ProcedureName] as (input: object) => Promise<unknown>;
    // The newest page of messages is kept, and no other.
    if (!keptNames.has(name as ProcedureName) || 'cursor' in input) return call(input);
    const key = `${prefix}${name} ${JSON.stringify(input)}`;
    const kept = isOpen() ? null : read(storage, key);
    if (kept !== null) return kept.answer;
    const asked = forgotten;
    try {
      const answer = await call(input);
      if (asked === forgotten) write(storage, key, answer);
      return answer;
    } catch (error) {
      const last = isAway(error) ? read(storage, key) : null;
      if (last === null) throw error;
      return last.answer;
    }
  });
}

/** Forgets all answers: somebody else may use this browser now. */
export function forgetKept(storage: Keep = localStorage): void {
  forgotten++;
  for (const key of keysOf(storage)) storage.removeItem(key);
}

interface Kept {
  readonly at: number;
  readonly answer: unknown;
}

function read(storage: Keep, key: string): Kept | null {
  try {
    return JSON.parse(storage.getItem(key) ?? 'null') as Kept | null;
  } catch {
    return null;
  }
}

/** Keeps an answer, or nothing if storage is missing or full. Nothing else depends on it. */
function write(storage: Keep, key: string, answer: unknown): void {
  const text = JSON.stringify({ at: Date.now(), answer } satisfies Kept);
  try {
    storage.removeItem(key);
    if (text.length > oneMax) return;
    const others = keysOf(storage).map((other) => ({ other, size: (storage.getItem(other) ?? '').length }));
    let size = text.length + others.reduce((sum, one) => sum + one.size, 0);
    let count = others.length + 1;
    if (count > countMax || size > charactersMax) {
      const oldest = others
        .map((one) => ({ ...one, at: read(storage, one.other)?.at ?? 0 }))
        .sort((a, b) => a.at - b.at);
      for (const one of oldest) {
        if (count <= countMax && size <= charactersMax) break;
        storage.removeItem(one.other);
        count--;
        size -= one.size;
      }
    }
    storage.setItem(key, text);
  } catch {
    storage.removeItem(key);
  }
}

const keysOf = (storage: Keep): string[] =>
  Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '').filter((key) =>
    key.startsWith(prefix),
  );
