import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ApiError } from '../../../../shared/api/client.ts';
import type { Api } from '../../../../shared/api/contract.ts';

// Without effects, `$state` is just its value.
Object.assign(globalThis, { $state: (value: unknown) => value });
/** Hidden from the type checker, because Svelte's declarations belong to the screens. */
const { Switches } = await import(
  new URL('../../../../renderer/node/switches.svelte.ts', import.meta.url).href
);

/** Not the one that the tests replace. */
const soon = setImmediate;
const refused = (reason: string) => new ApiError(503, 'SERVICE_UNAVAILABLE', 'in other words', { reason });

/** An API whose calls fail with these errors, one after the other, and then succeed. */
function failing(t: TestContext, errors: unknown[], standsBy = false) {
  t.mock.timers.enable();
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  let calls = 0;
  const answer = async () => {
    calls++;
    if (errors.length > 0) throw errors.shift();
    return { stands_by: standsBy ? { leader: 'one', up_to_date_at: 0 } : null };
  };
  const switches = new Switches();
  const names = ['status', 'people', 'postMessage', 'createRoom'];
  const api: Api = switches.over(Object.fromEntries(names.map((name) => [name, answer])));
  const turns = () => new Promise((done) => soon(done));
  return {
    ...{ api, switches, calls: () => calls, errors },
    async pass(ms: number) {
      await turns();
      now += ms;
      t.mock.timers.tick(ms);
      await turns();
    },
  };
}

test('a read that finds no leader waits for one, and says so meanwhile', async (t) => {
  const { api, switches, calls, pass } = failing(t, [refused('no_leader'), refused('leader_unsure')]);
  const answer = api.people({ text: 'a' } as never);
  await pass(0);
  assert.equal(switches.isUnderWay, true);
  await pass(500);
  await pass(500);
  await answer;
  assert.deepEqual([calls(), switches.isUnderWay], [3, false]);
});

test('a write is repeated if it was not executed, or if its key makes that the same', async (t) => {
  const { api, calls, pass, errors } = failing(t, [refused('no_leader')]);
  const made = api.createRoom({ name: 'Hall', join_rule: 'peers' });
  await pass(500);
  await made;
  errors.push(refused('leader_unsure'));
  const posted = api.postMessage({ room_id: '!1:a.test', body: 'hello', client_key: 'k' });
  await pass(500);
  await posted;
  assert.equal(calls(), 4);
});

test('a write that may have been executed is not repeated', async (t) => {
  const { api, calls } = failing(t, [refused('leader_unsure')]);
  await assert.rejects(api.createRoom({ name: 'Hall', join_rule: 'peers' }), /in other words/);
  assert.equal(calls(), 1);
});

test('any other error is shown at once', async (t) => {
  const errors = [
    new ApiError(503, 'SERVICE_UNAVAILABLE', 'stopping'),
    refused('canceled'),
    new TypeError('fetch'),
  ];
  for (const error of errors) {
    const { api, calls } = failing(t, [error]);
    await assert.rejects(api.people({ text: 'a' } as never), error as Error);
    assert.equal(calls(), 1);
    t.mock.reset();
    t.mock.timers.reset();
  }
});

test('if nobody leads for long, the call fails and says why', async (t) => {
  const { api, switches, pass } = failing(t, Array(100).fill(refused('no_leader')));
  const answer = assert.rejects(api.people({ text: 'a' } as never), /in other words/);
  for (let at = 0; at <= 30; at++) await pass(500);
  await answer;
  assert.equal(switches.isUnderWay, false);
});

test('a read waits for a node that stood by and closed its listeners to take over', async (t) => {
  const { api, calls, pass, errors } = failing(t, [], true);
  await api.status({});
  errors.push(new TypeError('Failed to fetch'));
  const answer = api.people({ text: 'a' } as never);
  await pass(500);
  await answer;
  assert.equal(calls(), 3);
  errors.push(new TypeError('Failed to fetch'));
  await assert.rejects(api.createRoom({ name: 'Hall', join_rule: 'peers' }), TypeError);
});
