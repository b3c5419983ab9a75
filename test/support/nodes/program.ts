import { spawn } from 'node:child_process';
import { systemPorts } from '../../../main/kernel/ports.ts';

export interface Program {
  /** Its output so far, on both streams. */
  said(): string;
  stop(): void;
}

const startMsMax = 60_000;

/** Runs a program until it is stopped or this process ends. Resolves once its output says that it is ready. */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: {
    readonly ready: RegExp;
    readonly env?: Readonly<Record<string, string>>;
    /** The default leaves no time to close connections. A program with child processes has to be asked to stop. */
    readonly end?: NodeJS.Signals;
  },
): Promise<Program> {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => {
    child.kill(options.end ?? 'SIGKILL');
  };
  process.once('exit', stop);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (options.ready.test(text)) resolve();
    });
  child.once('error', reject);
  child.once('exit', () => reject(new Error(`${command} ended before it was ready: ${text}`)));
  const cancel = systemPorts.clock.after(startMsMax, () =>
    reject(new Error(`${command} is not ready after ${startMsMax / 1000} s: ${text}`)),
  );
  try {
    await promise;
  } catch (error) {
    stop();
    throw error;
  } finally {
    cancel();
  }
  return { said: () => text, stop };
}
