import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Sink {
  readonly url: string;
  join(federation: string, roomId: string): Promise<void>;
  /** Answers 503 until opened. */
  close(): Promise<void>;
  /** Accepts a number of events and reports how fast they arrived, and which they were. */
  open(count: number): Promise<{ rate: number; bodies: string[] }>;
  stop(): Promise<void>;
}

/** A peer that accepts everything without reading it, in a separate process. */
export async function startSink(): Promise<Sink> {
  const child = fork(fileURLToPath(new URL('./sink-server.ts', import.meta.url)));
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  const [url] = (await once(child, 'message')) as [string];
  const ask = async <T>(message: object): Promise<T> => {
    child.send(message);
    const [answer] = (await once(child, 'message')) as [T];
    return answer;
  };
  return {
    url,
    join: (federation, roomId) => ask({ join: { federation, roomId } }),
    close: () => ask({ close: true }),
    open: (count) => ask({ open: count }),
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}
