/** The processes of a run of the tests, also those that outlived the process which started them. Only on Linux. */
import { readdirSync, readFileSync } from 'node:fs';

export interface TestProcess {
  readonly pid: number;
  /** Without options: the test runner passes on dozens. */
  readonly command: string;
}

/** Inherited by everything that this process starts, unless a test chooses the whole environment. */
const variable = 'PARACORD_TEST_RUN';
export function markProcesses(): void {
  process.env[variable] = String(process.pid);
}

const textOf = (pid: string, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    // It has ended meanwhile, or belongs to another user.
    return '';
  }
};

const wordsOf = (pid: string): string[] =>
  textOf(pid, 'cmdline')
    .split('\0')
    .filter((word) => !word.startsWith('--'));

/** What still runs of the marked processes; empty where the system doesn't tell. */
export function runningProcesses(): TestProcess[] {
  if (process.platform !== 'linux') return [];
  const mark = `${variable}=${process.pid}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && textOf(name, 'environ').split('\0').includes(mark))
    .map((name) => ({ pid: Number(name), command: wordsOf(name).join(' ') }));
}
