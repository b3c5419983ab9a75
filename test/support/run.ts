/**
 * Runs the tests and closes with the count: `node test/support/run.ts [--every] [--postgres] [--minutes N] [folder…]
 * [name…]`. Without folders, all of them but those that install something. A word that isn't a folder is the beginning of
 * file names: `install newcomer`. With `--every`, also the cases of which `npm test`
 * runs only a few. With `--postgres`, nodes use PostgreSQL, except where a test is about the file. With `--minutes`, a
 * run that takes longer fails, and says what it was waiting for. Each file is a separate process, except for most unit
 * and integration tests. Twice as many processes run at a time as there are processors, because many spend most of
 * their time waiting.
 */
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { systemPorts } from '../../main/kernel/ports.ts';
import { buildScreens, seeToBrowser } from './browser/screens.ts';
import { testMsMax } from './daemons/idle-exit.ts';
import { seeToPackages } from './daemons/packages.ts';
import { endProcesses, endStuckProcesses, markProcesses, reporting } from './daemons/processes.ts';
import { seeToRouter } from './daemons/router.ts';
import { removeTree } from './runner/remove-tree.ts';
import { whySkipped } from './runner/why-skipped.ts';

const { values: chosen, positionals } = parseArgs({
  allowPositionals: true,
  options: { every: { type: 'boolean' }, postgres: { type: 'boolean' }, minutes: { type: 'string' } },
});
const minutes = chosen.minutes === undefined ? null : Number(chosen.minutes);
if (minutes !== null && !(minutes > 0)) {
  console.error(`--minutes ${chosen.minutes}: expected a number above 0.`);
  process.exit(2);
}
if (chosen.every) process.env.EVERY_CASE = '1';
const { folders = [], names = [''] } = Object.groupBy(positionals, (word) =>
  existsSync(`test/${word}`) ? 'folders' : 'names',
);
const wanted = folders.length > 0 ? folders : ['*'];
// Installing changes the machine and needs the network, so it runs only on request.
const exclude = folders.length > 0 ? [] : ['test/install/**'];
/** The folders with the longest files. These start first, so that all processors are busy until the end. */
const longest = ['e2e/tls', 'simulation', 'property', 'e2e/console', 'e2e', 'integration'];
const rank = (file: string): number => {
  const at = longest.findIndex((folder) => file.startsWith(`test/${folder}/`));
  return at === -1 ? longest.length : at;
};
const files = wanted
  .flatMap((folder) => globSync(`test/${folder}/**/*.test.ts`, { exclude }))
  .filter((file) => names.some((name) => basename(file).startsWith(name)))
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
if (files.length === 0) {
  const places = wanted.map((folder) => `test/${folder}`).join(', ');
  console.error(
    `No test files in ${places}${names[0] === '' ? '' : ` that begin with ${names.join(' or ')}`}.`,
  );
  process.exit(2);
}

// Every test file and every node under test is a separate process, and each would strip the types of the same few
// hundred files again. With the cache, the unit tests take a third less time.
process.env.NODE_COMPILE_CACHE ??= resolve('node_modules/.cache/node');

const needsScreens = files.some((file) => /\be2e\/console\/|\/desktop\b|\/install\//.test(file));
if (needsScreens) seeToBrowser();
buildScreens(!needsScreens);

if (files.some((file) => /\be2e\/tls\/|\btls\/challenge-port/.test(file)))
  seeToPackages('pebble', 'caddy', 'nginx', 'knot');

if (files.some((file) => file.endsWith('e2e/durability.test.ts'))) seeToPackages('strace');

if (files.some((file) => file.endsWith('e2e/monitoring.test.ts'))) seeToPackages('prometheus');

if (files.some((file) => /\be2e\/reach\/|\btls\/home/.test(file))) seeToRouter();

if (chosen.postgres) process.env.PARACORD_TEST_ENGINE = 'postgresql';
const needsPostgres =
  chosen.postgres || files.some((file) => readFileSync(file, 'utf8').includes('daemons/postgres.ts'));
if (needsPostgres) seeToPackages('postgresql');

// The files of the tests are in one folder, so that nothing is left behind. It is on a disk in memory, if that has
// room, because hundreds of databases wait for each of their commits to be on disk.
const memory = '/dev/shm';
const bytesNeeded = 2e9;
const isRoomy = ({ bavail, bsize }: { bavail: number; bsize: number }) => bavail * bsize > bytesNeeded;
const isFree = process.env.TMPDIR === undefined && existsSync(memory) && isRoomy(statfsSync(memory));
const folder = mkdtempSync(join(isFree ? memory : tmpdir(), 'paracord-tests-'));
// PostgreSQL runs as another user, if we are root.
chmodSync(folder, 0o711);
// Windows reads the second.
Object.assign(process.env, { TMPDIR: folder, TEMP: folder });
process.on('exit', () => {
  const problem = removeTree(folder);
  if (problem !== null) console.log(`Left behind: ${problem}`);
});

// One PostgreSQL for all test processes. Each test has a database of its own there.
if (needsPostgres) {
  const { noPostgres, sharedUrlVariable, startPostgres } = await import('./daemons/postgres.ts');
  if (noPostgres === false)
    try {
      process.env[sharedUrlVariable] = (await startPostgres()).url;
    } catch (error) {
      process.env[sharedUrlVariable] = 'none';
      console.log(`PostgreSQL did not start, so tests that need it are skipped: ${(error as Error).message}`);
    }
}

const slowestShown = 10;
// Packing builds dist/ again, which the other tests of installing read.
const isInstalling = files.some((file) => file.startsWith('test/install/'));
// Chromium, for one, writes into the home folder. npm has its settings there.
if (!isInstalling) {
  process.env.HOME = join(folder, 'home');
  mkdirSync(process.env.HOME);
}
const concurrency = isInstalling ? 1 : Math.min(2 * availableParallelism(), 8);
const filesPerProcess = 5;
/**
 * A start, with the modules to load, costs more than most unit tests, and a third of most integration tests. So the
 * unit tests of a folder of `main`, and all of `shared`, share a process, and so do a few files of `integration`. The
 * files of `cli` wait for commands, which are processes too, and would wait for each other.
 */
function processes(): string[] {
  const shared = new Map<string, string[]>();
  for (const [at, file] of files.entries()) {
    const units = /^test\/unit\/(?:shared|main\/[a-z-]+)\//.exec(file)?.[0];
    const folder = /^test\/integration\/(?!cli\/)[a-z-]+\/(?:[a-z-]+\/)?/.exec(file)?.[0];
    const first = files.findIndex((other) => folder !== undefined && other.startsWith(folder));
    const part = folder && `${folder}${1 + Math.floor((at - first) / filesPerProcess)}/`;
    const group = units ?? part ?? file;
    shared.set(group, [...(shared.get(group) ?? []), file]);
  }
  const cache = resolve('node_modules/.cache/tests');
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  return [...shared].map(([group, members]) => {
    if (group.endsWith('.ts')) return group;
    const path = join(cache, `${group.replaceAll('/', '-')}all.test.mjs`);
    const imports = members.map(
      (file) => `await import(${JSON.stringify(pathToFileURL(resolve(file)).href)});`,
    );
    writeFileSync(path, `${imports.join('\n')}\n`);
    return path;
  });
}

const counts = { passed: 0, failed: 0 };
/** Why tests were skipped. A suite that is skipped counts as one, because its tests don’t become known. */
const reasons: string[] = [];
/** How long the tests of each file took, in milliseconds, without what a file does before its first test. */
const taken = new Map<string, number>();
const note = (event: { file?: string; nesting: number; details: { duration_ms: number } }) => {
  if (event.file === undefined || event.nesting > 0) return;
  const file = relative('.', event.file);
  taken.set(file, (taken.get(file) ?? 0) + event.details.duration_ms);
};
function slowest(): string {
  const rows = [...taken].sort(([, a], [, b]) => b - a).slice(0, slowestShown);
  return rows.map(([file, ms]) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${file}`).join('\n');
}
// From here on: the PostgreSQL of this process ends with it.
markProcesses();
const reports = mkdtempSync(join(tmpdir(), 'paracord-reports-'));
const events = run({
  files: processes(),
  concurrency,
  timeout: testMsMax,
  execArgv: [`--import=${join(import.meta.dirname, 'daemons/idle-exit.ts')}`, ...reporting(reports)],
});
// A file with every look of every screen takes several minutes, and three times as long on a busy machine.
endStuckProcesses(reports, chosen.every ? 1_800_000 : 600_000);
events.on('test:pass', (event) => {
  note(event);
  if (event.skip !== undefined) reasons.push(String(event.skip));
  else if (event.details.type !== 'suite' && event.file !== undefined && event.name !== event.file)
    counts.passed++;
});
events.on('test:fail', (event) => {
  note(event);
  if (event.details.type !== 'suite') counts.failed++;
});
async function end(heading: string, hasFailed: boolean): Promise<never> {
  const left = await endProcesses(reports);
  if (left !== null) console.log(`${heading}\n${left}`);
  rmSync(reports, { recursive: true, force: true });
  process.exit(hasFailed ? 1 : 0);
}
const report = events.compose(new spec());
report.pipe(process.stdout);
report.on('end', () => end('Still running after its test, and stopped:', counts.failed > 0));
if (minutes !== null)
  systemPorts.clock.after(minutes * 60_000, () => {
    counts.failed++;
    void end(`Not finished after ${minutes} minutes, and stopped while this was running:`, true);
  });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void end(`Stopped by ${signal} while this was running:`, true));
process.on('exit', () => {
  console.log(`The slowest files:\n${slowest()}`);
  if (reasons.length > 0) console.log(whySkipped(reasons));
  const skipped = reasons.length > 0 ? `, ${reasons.length} skipped` : '';
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
});
