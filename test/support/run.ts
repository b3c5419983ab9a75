/**
 * Runs the tests and closes with the count: `node test/support/run.ts [--every] [folder…]`. Without folders, all of
 * them but those that install something. With `--every`, also the cases of which `npm test` runs only a few. Each file
 * is a separate process, except for most unit tests. Twice as many processes run at a time as there are processors,
 * because many spend most of their time waiting.
 */
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import { buildScreens, seeToBrowser } from './browser/screens.ts';
import { seeToPackages } from './daemons/packages.ts';
import { seeToRouter } from './daemons/router.ts';

const every = '--every';
const folders = process.argv.slice(2).filter((word) => word !== every);
if (process.argv.includes(every)) process.env.EVERY_CASE = '1';
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
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
if (files.length === 0) {
  console.error(`No test files in ${wanted.map((folder) => `test/${folder}`).join(', ')}.`);
  process.exit(2);
}

if (files.some((file) => /\be2e\/console\/|\/desktop\b|\/install\//.test(file))) {
  seeToBrowser();
  buildScreens();
}

if (files.some((file) => /\be2e\/tls\/|\btls\/challenge-port/.test(file)))
  seeToPackages('pebble', 'caddy', 'nginx');

if (files.some((file) => file.endsWith('e2e/durability.test.ts'))) seeToPackages('strace');

if (files.some((file) => file.endsWith('e2e/monitoring.test.ts'))) seeToPackages('prometheus');

if (files.some((file) => /\be2e\/reach\/|\btls\/home/.test(file))) seeToRouter();

// Every test file and every node under test is a separate process, and each would strip the types of the same few
// hundred files again. With the cache, the unit tests take a third less time.
process.env.NODE_COMPILE_CACHE ??= resolve('node_modules/.cache/node');

// A disk in memory, if there is enough, because hundreds of databases wait for each of their commits to be on disk.
const memory = '/dev/shm';
const bytesNeeded = 2e9;
const isRoomy = ({ bavail, bsize }: { bavail: number; bsize: number }) => bavail * bsize > bytesNeeded;
if (process.env.TMPDIR === undefined && existsSync(memory) && isRoomy(statfsSync(memory))) {
  const folder = mkdtempSync(join(memory, 'paracord-tests-'));
  process.env.TMPDIR = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
}

const concurrency = Math.min(2 * availableParallelism(), 8);
/** A start costs more than most unit tests, so those of a folder of `main`, and all of `shared`, share a process. */
function processes(): string[] {
  const shared = new Map<string, string[]>();
  const alone: string[] = [];
  for (const file of files) {
    const folder = /^test\/unit\/(?:shared|main\/[a-z-]+)\//.exec(file)?.[0];
    if (folder === undefined) alone.push(file);
    else shared.set(folder, [...(shared.get(folder) ?? []), file]);
  }
  const cache = resolve('node_modules/.cache/tests');
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  return [
    ...alone,
    ...[...shared].map(([folder, members]) => {
      const path = join(cache, `${folder.replaceAll('/', '-')}all.test.mjs`);
      const imports = members.map(
        (file) => `await import(${JSON.stringify(pathToFileURL(resolve(file)).href)});`,
      );
      writeFileSync(path, `${imports.join('\n')}\n`);
      return path;
    }),
  ];
}

const counts = { passed: 0, failed: 0, skipped: 0 };
const events = run({ files: processes(), concurrency, timeout: 300_000 });
events.on('test:pass', (event) => {
  if (event.details.type === 'suite' || event.file === undefined || event.name === event.file) return;
  if (event.skip === undefined) counts.passed++;
  else counts.skipped++;
});
events.on('test:fail', (event) => {
  if (event.details.type !== 'suite') counts.failed++;
});
events.compose(new spec()).pipe(process.stdout);
events.on('end', () => {
  process.exitCode = counts.failed > 0 ? 1 : 0;
});
process.on('exit', () => {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
});
