/**
 * `npm run test:simulation`: a thousand seeds of three nodes in a row on a virtual clock, with a bad network, crashes and
 * deleted messages, half as many with a peer that lies and clocks that are wrong, and half as many with disks that are
 * lost and come back from backups or recovery files, and as many with files. In the end every node shows the same, nothing that was answered is
 * lost that any disk still held, and what was deleted is in no file. A failing seed prints its command. Without a first
 * seed, also as many random histories of a room, in random orders.
 *
 *   npm run test:simulation -- --first 36 --seeds 1
 *   npm run test:simulation -- --first 36 --seeds 1 --only disks
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { first: { type: 'string' }, seeds: { type: 'string' }, only: { type: 'string' } },
});
const seeds = values.seeds ?? '1000';
const env = {
  ...process.env,
  SIM_FIRST_SEED: values.first ?? '1',
  SIM_SEEDS: seeds,
  CONVERGENCE_RUNS: seeds,
};
const names = values.only === undefined ? ['three-nodes', 'disks', 'files'] : [values.only];
const files = names.map((name) => `test/simulation/${name}.test.ts`);
if (values.first === undefined && values.only === undefined) files.push('test/property/convergence.test.ts');
const options = ['--test', '--test-reporter=dot', ...files];
process.exit(spawnSync(process.execPath, options, { env, stdio: 'inherit' }).status ?? 1);
