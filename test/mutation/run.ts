/**
 * `npm run test:mutation`: Stryker breaks the code in thousands of places, one at a time, and the tests have to notice.
 * At least 85 % of each group must be killed.
 *
 *   npm run test:mutation                                          all groups, for hours
 *   npm run test:mutation -- shared/protocol/coding main/events    folders or files
 *   npm run test:mutation -- main/events/event-decision.ts:10-40   some lines of a file
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

interface Group {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

const pureOutbound = [
  'delivery/classify',
  'catch-up/catch-up-policy',
  'catch-up/catch-up-page',
  'catch-up/room-failures',
  'receipts/receipt-policy',
  'waits',
];

const groups: Readonly<Record<string, Group>> = {
  'shared/protocol': {
    mutate: ['shared/protocol/**/*.ts'],
    tests: [
      'test/vectors/*.test.ts',
      'test/property/{canonical-json,envelope,identifiers,room-state}.test.ts',
      'test/unit/shared/protocol/**/*.test.ts',
    ],
  },
  'main/store/writer.ts': {
    mutate: ['main/store/writer.ts'],
    tests: ['test/unit/main/store/writer*.test.ts'],
  },
  'main/outbound': {
    mutate: pureOutbound.map((name) => `main/outbound/${name}.ts`),
    tests: pureOutbound.map((name) => `test/unit/main/outbound/${name}.test.ts`),
  },
  'main/outbound/delivery': {
    mutate: ['main/outbound/delivery/{lane,sender}.ts'],
    tests: ['test/unit/main/outbound/delivery/{lane,sender}.test.ts'],
  },
  'main/events': {
    mutate: ['main/events/!(event-decision|ingest|upkeep).ts'],
    tests: ['test/unit/main/events/!(event-decision|event-destinations|ingest).test.ts'],
  },
  'main/events/projection': {
    mutate: ['main/events/{event-decision,ingest,upkeep}.ts', 'main/events/projection/*.ts'],
    // The tests that decide whole histories or open a database are left out: each survivor would wait for them.
    tests: [
      'test/unit/main/events/{event-decision,event-destinations,ingest}.test.ts',
      'test/unit/main/events/projection/!(projection|whole-histories).test.ts',
    ],
  },
  'main/http/federation': {
    mutate: ['main/http/federation/{authenticate,byte-shares,pushes,query,reads,request}.ts'],
    tests: ['test/unit/main/http/federation/*.test.ts'],
  },
};

const root = resolve(import.meta.dirname, '../..');
const stryker = join(import.meta.dirname, 'node_modules/@stryker-mutator/core/bin/stryker.js');
const wanted = process.argv.slice(2);
/** A file, or lines of it, in Stryker's format; none if it isn't selected. */
const wantedOf = (path: string): string[] => {
  if (wanted.length === 0 || wanted.some((each) => path.startsWith(each))) return [path];
  return wanted.filter((each) => each.startsWith(`${path}:`));
};

if (!existsSync(stryker)) {
  const installed = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: import.meta.dirname,
    stdio: 'inherit',
  });
  if (installed.status !== 0) process.exit(1);
}

let failed = false;
for (const [name, group] of Object.entries(groups)) {
  const mutate = globSync([...group.mutate], { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .flatMap(wantedOf);
  if (mutate.length === 0) continue;
  failed = !mutated(name, mutate, group.tests) || failed;
}
process.exit(failed ? 1 : 0);

function mutated(name: string, mutate: readonly string[], tests: readonly string[]): boolean {
  const files = globSync([...tests], { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  const cache = join(root, 'node_modules/.cache/mutation', name.replaceAll('/', '-'));
  mkdirSync(cache, { recursive: true });
  const config = {
    mutate,
    testRunner: 'node-test',
    plugins: [join(import.meta.dirname, 'node-test-runner.ts')],
    nodeTest: { files },
    coverageAnalysis: 'perTest',
    maxTestRunnerReuse: 200,
    warnings: { unknownOptions: false, slow: false },
    reporters: ['clear-text', 'progress-append-only', 'json'],
    clearTextReporter: { logTests: false, allowEmojis: false },
    jsonReporter: { fileName: join(cache, 'report.json') },
    tempDirName: `.stryker-tmp/${name.replaceAll('/', '-')}`,
    ignorePatterns: ['.stryker-tmp', 'dist', 'docs', 'release', 'reports', 'renderer', '.github'],
    thresholds: { high: 95, low: 85, break: 85 },
    timeoutMS: 10_000,
    checkers: [],
    allowConsoleColors: false,
  };
  const path = join(cache, 'stryker.config.json');
  writeFileSync(path, JSON.stringify(config, null, 2));
  console.log(`${name}: ${mutate.length} files, ${files.length} test files`);
  return spawnSync(process.execPath, [stryker, 'run', path], { cwd: root, stdio: 'inherit' }).status === 0;
}
