/**
 * `npm run test:simulation`: a thousand seeds of three nodes in a row on a virtual clock, with a bad network, crashes and
 * deleted messages, and as many again with a peer that lies and clocks that are wrong. In the end every node shows the
 * same, nothing that was answered is lost, and what was deleted is in no file. A failing seed prints its command.
 *
 *   npm run test:simulation -- --first 36 --seeds 1
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { first: { type: 'string' }, seeds: { type: 'string' } } });
const env = { ...process.env, SIM_FIRST_SEED: values.first ?? '1', SIM_SEEDS: values.seeds ?? '1000' };
const options = ['--test', '--test-reporter=dot', 'test/simulation/three-nodes.test.ts'];
process.exit(spawnSync(process.execPath, options, { env, stdio: 'inherit' }).status ?? 1);
