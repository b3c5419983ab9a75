/**
 * Tests against binaries of the existing server: `PARACORD_SERVER_BIN=a:b npm run test:interop [-- SCENARIO…]`. Runs
 * every scenario against each, and writes docs/interop.md. With scenarios named, only those run and nothing is written.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ExistingServer, existingServerBins } from '../support/existing-server/existing-server.ts';
import { Afterwards } from './afterwards.ts';
import { type Build, buildOf } from './build.ts';
import { Ground } from './ground.ts';
import { type Finding, type Scenario, unexpected, type Verdict } from './scenario.ts';
import { sections } from './sections.ts';
import { interopDocument, type Run } from './table.ts';

const wanted = new Set(process.argv.slice(2));
const scenarios = sections
  .flatMap((section) => section.scenarios)
  .filter(({ id }) => wanted.size === 0 || wanted.has(id));
const documentPath = fileURLToPath(new URL('../../docs/interop.md', import.meta.url));

if (existingServerBins.length === 0) {
  console.error(
    'PARACORD_SERVER_BIN is not set: name one or more binaries of the existing server, separated by colons.',
  );
  process.exit(2);
}
if (scenarios.length === 0) {
  console.error(`There is no scenario ${[...wanted].join(', ')}. See test/interop/scenarios.`);
  process.exit(2);
}

// A signal also ends the servers.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const runs: Run[] = [];
for (const bin of existingServerBins) runs.push(await runAll(bin));
if (wanted.size === 0) {
  mkdirSync(fileURLToPath(new URL('../../docs', import.meta.url)), { recursive: true });
  writeFileSync(documentPath, interopDocument(sections, runs));
  console.log('\nThe table is in docs/interop.md.');
}
const surprises = runs.flatMap((run) => run.findings.filter((finding) => finding.expected !== null));
const total = runs.reduce((sum, run) => sum + run.findings.length, 0);
console.log(`${total - surprises.length} as expected, ${surprises.length} not`);
process.exit(surprises.length > 0 ? 1 : 0);

async function runAll(bin: string): Promise<Run> {
  const { release, build } = await identify(bin);
  console.log(`\n${release}, ${build}`);
  const findings: Finding[] = [];
  for (const scenario of scenarios) {
    const finding = await runOne(bin, release, scenario);
    findings.push(finding);
    console.log(lineOf(scenario, finding));
  }
  return { release, build, date: new Date().toISOString().slice(0, 10), findings };
}

async function identify(bin: string): Promise<{ release: string; build: Build }> {
  const jobs = new Afterwards();
  try {
    const server = await ExistingServer.start(jobs, { bin });
    return { release: await server.release(), build: await buildOf(server.url) };
  } finally {
    await jobs.run();
  }
}

async function runOne(bin: string, release: string, scenario: Scenario): Promise<Finding> {
  const ground = new Ground(bin, release);
  const started = performance.now();
  let verdict: Verdict;
  try {
    const limit = await scenario.run(ground);
    verdict = limit ? { result: 'cannot', reason: limit.cannot } : { result: 'works' };
  } catch (error) {
    verdict = { result: 'does not', problem: (error as Error).message };
  } finally {
    await ground.run().catch((error: Error) => console.error(`  cleaning up: ${error.message}`));
  }
  const expected = unexpected(scenario, release, verdict);
  const seconds = (performance.now() - started) / 1000;
  return { id: scenario.id, verdict, expected, measured: ground.measured, seconds };
}

function lineOf(scenario: Scenario, finding: Finding): string {
  const { verdict, expected, measured, seconds } = finding;
  const what =
    verdict.result === 'cannot'
      ? `cannot (${verdict.reason})`
      : verdict.result === 'works'
        ? 'works'
        : `DOES NOT: ${verdict.problem}`;
  const surprise = expected === null ? '' : ` — expected: ${expected}`;
  const numbers = measured.map(([name, value]) => `\n      ${name}: ${value}`).join('');
  return `  ${scenario.id.padEnd(14)} ${what}${surprise} (${seconds.toFixed(0)} s)${numbers}`;
}
