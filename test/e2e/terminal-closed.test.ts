import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClient } from '../../shared/api/client.ts';
import type { Api } from '../../shared/api/contract.ts';
import { binPath } from '../support/nodes/child-node.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';

const missing = process.platform !== 'linux' || spawnSync('script', ['--version']).status !== 0;
const skip = missing ? 'needs script of util-linux, which opens a terminal' : false;

interface InTerminal {
  readonly terminal: ChildProcess;
  readonly api: Api;
  readonly federation: string;
  readonly pid: number;
  /** Its exit code; null while it runs. */
  readonly exitCode: () => number | null;
  /** Its log, and what it prints. */
  readonly shown: () => string;
}

/** A node that an owner starts by hand, with a log that says a lot. */
async function startIn(t: TestContext, inBackground: boolean): Promise<InTerminal> {
  const dir = tempDir(t);
  const dataDir = join(dir, 'node');
  const flags = `--headless --server-name a.test --tls off --listen 127.0.0.1:0 --control 127.0.0.1:0`;
  const node = `'${process.execPath}' '${binPath}' ${flags} --data-dir '${dataDir}' --log-level debug`;
  const file = (name: string) => join(dir, name);
  // The shell passes the signal on, as one that a person types into does, and outlives the terminal to tell how it ended.
  // A signal ends its wait early, so it waits again; 127 says that it has told how the node ended already.
  writeFileSync(
    file('run'),
    `trap 'kill -HUP $!' HUP; ${node} & echo $! > '${file('pid')}'
while kill -0 $! 2> /dev/null; do wait $!; code=$?; done
wait $!; last=$?; [ $last -eq 127 ] || code=$last; echo $code > '${file('code')}'\n`,
  );
  const shell = `sh '${file('run')}'`;
  const terminal = spawn(
    'script',
    ['--quiet', '--command', inBackground ? `setsid --wait ${shell}` : shell, '/dev/null'],
    { stdio: 'pipe' },
  );
  let shown = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const control = join(dataDir, 'control.json');
  const [, federation = ''] = await until([], 'the node is up', () =>
    /federation=(\S+) control=/.exec(shown),
  );
  const pid = Number(readFileSync(file('pid'), 'utf8'));
  t.after(() => {
    terminal.kill('SIGKILL');
    if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  });
  const { url, token } = JSON.parse(readFileSync(control, 'utf8')) as { url: string; token: string };
  const api = createClient({ baseUrl: url, token, fetch });
  const exitCode = () => {
    const text = existsSync(file('code')) ? readFileSync(file('code'), 'utf8') : '';
    return text.endsWith('\n') ? Number(text) : null;
  };
  return { terminal, api, federation, pid, exitCode, shown: () => shown };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a node in the background goes on when its terminal is closed, and stops when it is told to', {
  skip,
}, async (t) => {
  const { terminal, api, federation, pid, exitCode } = await startIn(t, true);
  terminal.kill('SIGKILL');
  await until([], 'the terminal is closed', () => terminal.signalCode !== null);
  // Each refusal is a line of the log.
  for (let at = 0; at < 3; at++) assert.equal((await fetch(`${federation}/nothing`)).status, 404);
  assert.equal((await api.status({})).set_up, true);
  process.kill(pid, 'SIGTERM');
  await until([], 'it has stopped', () => exitCode() !== null);
  assert.equal(exitCode(), 0);
});

test('a node in the foreground finishes its stop when its terminal is closed', { skip }, async (t) => {
  const { terminal, exitCode } = await startIn(t, false);
  terminal.kill('SIGKILL');
  await until([], 'it has stopped', () => exitCode() !== null);
  assert.equal(exitCode(), 0);
});

test('a node finishes its stop although the system and the shell both tell it that its terminal is closed', {
  skip,
}, async (t) => {
  const { pid, federation, exitCode, shown } = await startIn(t, true);
  process.kill(pid, 'SIGHUP');
  while (await isAnswered(federation));
  process.kill(pid, 'SIGHUP');
  const code = await until([], 'it has stopped', exitCode);
  // The second one may come when the stop is over, and end what is left of the process.
  if (code !== 0) assert.match(shown(), /"msg":"stopped"/);
});

const isAnswered = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );
