/**
 * `npm run bench`: how fast a node is, as ratios taken side by side in one run, because absolute numbers say more
 * about the machine than about the program. Nothing here passes or fails.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchDrain } from './drain.ts';
import { benchFanOut } from './fanout.ts';
import { benchGrowth } from './growth.ts';
import { benchIdle } from './idle.ts';
import { benchBatches, benchIngest } from './ingest.ts';
import { benchLatency } from './latency.ts';
import { benchStall } from './stall.ts';

const benches = {
  ingest: benchIngest,
  batches: benchBatches,
  drain: benchDrain,
  latency: benchLatency,
  fanout: benchFanOut,
  growth: benchGrowth,
  stall: benchStall,
  idle: benchIdle,
};
const wanted = process.argv.slice(2);

for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const dir = mkdtempSync(join(tmpdir(), `paracord-bench-${name}-`));
  try {
    console.log(`\n${name}`);
    for (const line of await bench(dir)) console.log(`  ${line}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
process.exit(0);
