import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Host } from '../../../main/desktop/host.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { tempDir } from '../temp.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface TestHost extends Host {
  readonly dataDir: string;
  /** Like the system: with SIGTERM. */
  signal(): void;
  /** An uncaught error. */
  throwUp(error: unknown): void;
  /** The arguments with which the app was restarted. */
  readonly startedAgain: (readonly string[])[];
  /** Texts that were copied to the clipboard. */
  readonly copied: string[];
}

/** A process on Linux with a tray, its own data folder and its own ports. */
export function testHost(t: Pick<TestContext, 'after'>, given: Partial<Host> = {}): TestHost {
  const dataDir = tempDir(t);
  const listeners: (() => void)[] = [];
  const catchers: ((error: unknown) => void)[] = [];
  const startedAgain: (readonly string[])[] = [];
  const copied: string[] = [];
  const { args = [], ...others } = given;
  return {
    dataDir,
    startedAgain,
    copied,
    throwUp: (error) => {
      for (const listener of catchers) listener(error);
    },
    signal: () => {
      for (const listener of listeners) listener();
    },
    env: { HOME: dataDir },
    platform: 'linux',
    execPath: '/opt/Paracord Node/paracord-node',
    appImage: null,
    isSigned: async () => true,
    run: async () => ({ isOk: false, output: '' }),
    startAgain: (args) => void startedAgain.push(args),
    copy: async (text) => void copied.push(text),
    onUncaught: (listener) => void catchers.push(listener),
    root,
    isFromStore: false,
    defaultDataDir: dataDir,
    languages: () => ['en-US'],
    clock: systemPorts.clock,
    hasTray: async () => true,
    loadUpdater: async () => {
      throw new Error('this test has no updater');
    },
    onSignal: (listener) => void listeners.push(listener),
    ...others,
    args: ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', '--tls', 'off', ...args],
  };
}
