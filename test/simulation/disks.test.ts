import { test } from 'node:test';
import { live } from '../support/sim/lives.ts';

const seeds = Number(process.env.SIM_SEEDS ?? 2);
const firstSeed = Number(process.env.SIM_FIRST_SEED ?? 1);

for (let seed = firstSeed; seed < firstSeed + Math.ceil(seeds / 2); seed++)
  test(`three nodes agree although disks are lost and come back from backups (seed ${seed})`, async (t) => {
    await live(t, seed, { disasters: true });
  });

for (let seed = firstSeed; seed < firstSeed + Math.ceil(seeds / 6); seed++)
  test(`three nodes agree although disks are lost, a peer lies and clocks are wrong by an hour (seed ${seed})`, async (t) => {
    await live(t, seed, { disasters: true, hostile: true, leapMsMax: 3_600_000 });
  });
