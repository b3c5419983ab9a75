/**
 * `npm run bench`: how fast a node is, as ratios taken side by side in one run, because absolute numbers say more
 * about the machine than about the program. Nothing here passes or fails.
 *
 *   npm run bench                    everything, in less than ten minutes; redraws docs/performance.md and its plots
 *   npm run bench -- ingest drain    only these
 *   npm run bench -- --short         a few ratios in a few seconds, for CI's log
 *   npm run bench -- memory --long   ten minutes with 100 events per second, instead of one
 *   npm run bench -- --write         runs nothing; redraws the page from the results of earlier runs; the others stay
 *
 * Each result is written to dist/bench/NAME.json.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeTree } from '../support/runner/remove-tree.ts';
import { benchMembers } from './people/members.ts';
import { benchUi } from './people/ui.ts';
import { benchExisting } from './receiving/existing.ts';
import { benchBatches, benchDelay, benchIngest, benchThreads } from './receiving/ingest.ts';
import { benchStall } from './receiving/stall.ts';
import { type Recorded, writePage } from './report/page.ts';
import { type Bench, isReached, type Result, spreadText, wantedText } from './report/result.ts';
import { benchDrain } from './sending/drain.ts';
import { benchFanOut } from './sending/fanout.ts';
import { benchHanging } from './sending/hanging.ts';
import { benchLatency } from './sending/latency.ts';
import { benchRoundTrip } from './sending/round-trip.ts';
import { benchFiles } from './size/files.ts';
import { benchGrowth } from './size/growth.ts';
import { benchMemory } from './size/memory.ts';
import { benchSearch } from './size/search.ts';
import { benchSize } from './size/size.ts';

/** In the order of the page. `short`: also part of the short form. */
const benches: Readonly<Record<string, { readonly run: Bench; readonly short?: true }>> = {
  ingest: { run: benchIngest, short: true },
  batches: { run: benchBatches, short: true },
  threads: { run: benchThreads },
  delay: { run: benchDelay },
  existing: { run: benchExisting },
  drain: { run: benchDrain, short: true },
  latency: { run: benchLatency },
  fanout: { run: benchFanOut },
  hanging: { run: benchHanging },
  'round-trip': { run: benchRoundTrip },
  size: { run: benchSize },
  growth: { run: benchGrowth },
  search: { run: benchSearch },
  stall: { run: benchStall },
  memory: { run: benchMemory },
  members: { run: benchMembers },
  files: { run: benchFiles },
  ui: { run: benchUi },
};

const results = fileURLToPath(new URL('../../dist/bench/', import.meta.url));
const words = process.argv.slice(2);
const isShort = words.includes('--short');
const isLong = words.includes('--long');
const named = words.filter((word) => !word.startsWith('--'));
const strange = [
  ...named.filter((name) => !(name in benches)),
  ...words.filter((word) => word.startsWith('--') && !['--short', '--long', '--write'].includes(word)),
];
if (strange.length > 0) {
  console.error(`There is no bench ${strange.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
const onlyWrites = words.includes('--write');
const isWhole = named.length === 0 && !isShort;

// A run that is stopped leaves nothing.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
if (!onlyWrites)
  for (const [name, { run, short }] of Object.entries(benches))
    if (named.length > 0 ? named.includes(name) : !isShort || short) await runOne(name, run);
if (onlyWrites || isWhole) writePage(recorded(), Object.keys(benches));
if (!onlyWrites) console.log(`\nThis took ${Math.round(performance.now() / 1000)} s.`);
process.exit(0);

async function runOne(name: string, bench: Bench): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), `paracord-bench-${name}-`));
  const remove = () => void removeTree(dir);
  process.once('exit', remove);
  const began = performance.now();
  try {
    console.log(`\n${name}`);
    const result = await bench({ dir, isShort, isLong });
    if ('skipped' in result) return console.log(`  skipped: ${result.skipped}`);
    show(result);
    if (isShort) return;
    mkdirSync(results, { recursive: true });
    const seconds = Math.round((performance.now() - began) / 1000);
    const record: Recorded = { name, ...result, at: new Date().toISOString(), seconds, machine: machine() };
    writeFileSync(join(results, `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

function show({ measures, boundedBy, notes = [] }: Result): void {
  const width = Math.max(...measures.map(({ what }) => what.length));
  for (const measure of measures) {
    const wanted = measure.wanted
      ? `   wanted ${wantedText(measure)}${isReached(measure) ? '' : ': missed'}`
      : '';
    console.log(`  ${measure.what.padEnd(width)}  ${spreadText(measure)}${wanted}`);
  }
  for (const line of [`Limited by: ${boundedBy}`, ...notes]) console.log(`  ${line}`);
}

function recorded(): Recorded[] {
  return Object.keys(benches).flatMap((name) => {
    const path = join(results, `${name}.json`);
    return existsSync(path) ? [JSON.parse(readFileSync(path, 'utf8')) as Recorded] : [];
  });
}

function machine(): Recorded['machine'] {
  const all = cpus();
  return { cores: all.length, cpu: all[0]?.model ?? '', node: process.version, commit: commit() };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
