/** The processes of a run of the tests, also those that outlived the process which started them. Only on Linux. */
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { pause } from '../until.ts';

interface TestProcess {
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
    .filter((word) => word !== '' && !word.startsWith('--'));

/** Lists the marked processes that still run; empty where the system doesn't tell. */
function runningProcesses(): TestProcess[] {
  if (process.platform !== 'linux') return [];
  const mark = `${variable}=${process.pid}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && textOf(name, 'environ').split('\0').includes(mark))
    .map((name) => ({ pid: Number(name), command: wordsOf(name).join(' ') }));
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Makes a test process write what it is doing into this folder when it gets SIGUSR2. */
export const reporting = (folder: string): string[] => ['--report-on-signal', `--report-directory=${folder}`];
const reportMs = 3_000;

interface Report {
  readonly javascriptStack: { readonly stack?: readonly string[] };
  readonly libuv: readonly Readonly<Record<string, unknown>>[];
}
/** Fields that tell handles apart. */
const telling = [
  'type',
  'localEndpoint',
  'remoteEndpoint',
  'host',
  'port',
  'pid',
  'filename',
  'firesInMsFromNow',
];

/** Shows where its code is, and what keeps it from ending. */
async function doing(pid: number, folder: string): Promise<string> {
  send(pid, 'SIGUSR2');
  await pause(reportMs);
  const [file] = globSync(join(folder, `report.*.${pid}.*.json`));
  if (file === undefined) return '    It doesn’t answer, as in an endless loop.';
  const { javascriptStack, libuv } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const open = libuv
    .filter((one) => one.is_active && one.is_referenced)
    .map((one) => JSON.stringify(one, telling));
  return [...(javascriptStack.stack ?? []), ...open].map((line) => `    ${line}`).join('\n');
}

const isTest = ({ command }: TestProcess): boolean => /\.test\.m?[jt]s$/.test(command);

/** Ends what still runs, because the runner would wait for its output. Resolves with what that was; null if nothing. */
export async function endProcesses(folder: string, which = (_: TestProcess) => true): Promise<string | null> {
  const left = runningProcesses().filter(which);
  const lines = left.map(async (one) =>
    isTest(one) ? `  ${one.command}\n${await doing(one.pid, folder)}` : `  ${one.command}`,
  );
  const text = (await Promise.all(lines)).join('\n');
  for (const { pid } of left) send(pid, 'SIGKILL');
  return left.length > 0 ? text : null;
}

/**
 * Ends test processes that have been running for longer than `msMax`, and says so: Node.js would wait for them forever.
 */
export function endStuckProcesses(folder: string, msMax: number): void {
  const seenAt = new Map<number, number>();
  const isStuck = (one: TestProcess) => {
    const at = seenAt.get(one.pid) ?? Date.now();
    seenAt.set(one.pid, at);
    return isTest(one) && Date.now() - at > msMax;
  };
  const look = async () => {
    const stuck = await endProcesses(folder, isStuck);
    if (stuck !== null) console.log(`Stopped, because it doesn’t end:\n${stuck}`);
    systemPorts.clock.after(msMax / 20, look);
  };
  void look();
}
