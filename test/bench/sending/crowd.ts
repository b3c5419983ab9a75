import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ChildNode } from '../../support/nodes/child-node.ts';

const addedAtOnce = 16;

/** An order to the process of the servers (crowd-server.ts). */
export interface Order {
  /** Every server joins the room with one user, and reads it. */
  readonly join?: { readonly federation: string; readonly roomId: string };
  /** These servers accept connections and requests, and never answer. */
  readonly hang?: readonly number[];
  /** Counts from zero; `wait` ends after this many events. */
  readonly expect?: number;
  readonly wait?: true;
}

export interface Arrivals {
  /** When the last expected event arrived; unix ms with fractions, comparable between processes. */
  readonly at: number;
  readonly arrived: number;
  readonly requests: number;
  /** Arrivals of messages that contain a number like `#12#`. */
  readonly arrivals: readonly (readonly [server: number, at: number, message: number])[];
}

/** Many servers in one process; they are called s0.test, s1.test, … */
export interface Crowd {
  readonly urls: readonly string[];
  /** Returns how many events were read. */
  join(federation: string, roomId: string): Promise<number>;
  hang(servers: readonly number[]): Promise<void>;
  expect(events: number): Promise<void>;
  arrived(): Promise<Arrivals>;
  stop(): Promise<void>;
}

/** The host on which the servers listen with TLS. There they close each connection after one answer. */
export interface Afar {
  readonly host: string;
  readonly cert: string;
  readonly key: string;
}

export async function startCrowd(count: number, kind: 'ours' | 'other', afar?: Afar): Promise<Crowd> {
  const given = [String(count), kind, ...(afar ? [JSON.stringify(afar)] : [])];
  const child = fork(fileURLToPath(new URL('./crowd-server.ts', import.meta.url)), given);
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const [urls] = (await once(child, 'message')) as [string[]];
  const open = new Map<number, (told: { answer?: unknown; error?: string }) => void>();
  child.on('message', (told: { number: number; answer?: unknown; error?: string }) => {
    open.get(told.number)?.(told);
    open.delete(told.number);
  });
  let last = 0;
  const ask = async <T>(order: Order): Promise<T> => {
    const number = ++last;
    const told = await new Promise<{ answer?: unknown; error?: string }>((resolve) => {
      open.set(number, resolve);
      child.send({ number, order });
    });
    if (told.error !== undefined) throw new Error(told.error);
    return told.answer as T;
  };
  return {
    urls,
    join: (federation, roomId) => ask({ join: { federation, roomId } }),
    hang: (hang) => ask({ hang }),
    expect: (expect) => ask({ expect }),
    arrived: () => ask({ wait: true }),
    async stop() {
      process.off('exit', kill);
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** Makes every server a peer of the node. */
export async function addAll(node: ChildNode, { urls }: Crowd): Promise<void> {
  const left = [...urls];
  const add = async () => {
    for (let url = left.pop(); url !== undefined; url = left.pop()) await node.api.addPeer({ endpoint: url });
  };
  await Promise.all(Array.from({ length: addedAtOnce }, add));
}

/** Unix ms with fractions, comparable between processes. */
export const exactly = (): number => performance.timeOrigin + performance.now();
