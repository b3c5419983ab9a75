import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeLink } from '../../../../../renderer/node/node-link.ts';
import { withLogIn } from '../../../../../renderer/screens/accounts/everybody/with-log-in.ts';

/** A server on which nobody can log in yet, and what is changed there. */
function server(mayChange: boolean) {
  const changes: boolean[] = [];
  const api = {
    settings: async () => ({ people_log_in: changes.at(-1) ?? false }),
    changeSettings: async ({ people_log_in }: { people_log_in: boolean }) => void changes.push(people_log_in),
  };
  return { changes, node: { api, may: () => mayChange } as unknown as NodeLink };
}

test('the first link for somebody lets people log in, and a second one changes nothing', async () => {
  const { changes, node } = server(true);
  for (const link of ['a', 'b']) assert.equal(await withLogIn(node, async () => link), link);
  assert.deepEqual(changes, [true]);
});

test('nobody can log in because of a link that couldn’t be made', async () => {
  const { changes, node } = server(true);
  await assert.rejects(
    withLogIn(node, () => Promise.reject(new Error('no address'))),
    /no address/,
  );
  assert.deepEqual(changes, [true, false]);
});

test('an admin who may not change settings only makes the link', async () => {
  const { changes, node } = server(false);
  assert.equal(await withLogIn(node, async () => 'a'), 'a');
  assert.deepEqual(changes, []);
});
