import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from '../support/sim/lives.ts';

const seeds = Number(process.env.SIM_SEEDS ?? 2);
const firstSeed = Number(process.env.SIM_FIRST_SEED ?? 1);

test(`three nodes in a row agree in the end, and the same seed is the same run, down to the last request (seed ${firstSeed})`, async (t) => {
  assert.equal(await live(t, firstSeed), await live(t, firstSeed));
});

for (let seed = firstSeed + 1; seed < firstSeed + seeds; seed++)
  test(`three nodes in a row agree in the end, whatever happened (seed ${seed})`, async (t) => {
    await live(t, seed);
  });

for (let seed = firstSeed; seed < firstSeed + Math.ceil(seeds / 2); seed++)
  test(`they agree although a peer lies and clocks are wrong by up to an hour (seed ${seed})`, async (t) => {
    await live(t, seed, { hostile: true, leapMsMax: 3_600_000 });
  });
