import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpResult } from '../../../../main/client/http.ts';
import { EntranceTest } from '../../../../main/people/entrance-test.ts';
import { quoted } from '../../../../shared/words/said.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const minute = 60_000;
/** An address of an example network, so that no name has to be looked up. */
const url = 'https://192.0.2.7:8448';
const ours = JSON.stringify({ server_name: 'a.test', domain: 'a.test', federation_endpoint: url });

function entranceTest() {
  const clock = new VirtualClock();
  const answers = { isReached: true, calls: 0, told: 0 };
  const addresses = [{ url, isTrusted: true }];
  const made = new EntranceTest({
    client: {
      async read(): Promise<HttpResult> {
        answers.calls++;
        return answers.isReached
          ? { kind: 'answer', status: 200, headers: {}, body: ours }
          : { kind: 'network', code: 'ECONNREFUSED', error: quoted('refused') };
      },
    },
    keyring: { isSetUp: true, serverName: 'a.test' },
    keptName: { kept: null },
    certificates: { pinnedSha256: null },
    reach: { whereabouts: { home: null, outside: null } },
    addresses: () => addresses,
    clock,
    tell: () => void answers.told++,
  });
  const pass = async (ms: number) => {
    await clock.advance(ms);
    await made.look();
  };
  return { made, answers, addresses, pass, failures: () => made.facts.map(({ call }) => call?.failures) };
}

test('the addresses are called every 15 minutes, and others at once', async () => {
  const { answers, addresses, pass } = entranceTest();
  await pass(0);
  assert.equal(answers.calls, 1);
  await pass(14 * minute);
  assert.equal(answers.calls, 1);
  await pass(minute);
  assert.equal(answers.calls, 2);
  addresses[0] = { url: 'https://192.0.2.8:8448', isTrusted: true };
  await pass(minute / 2);
  assert.equal(answers.calls, 3);
});

test('a failed call is repeated after a minute, and then counted like the others', async () => {
  const { made, answers, pass, failures } = entranceTest();
  answers.isReached = false;
  await pass(0);
  assert.deepEqual([failures(), made.facts[0]?.call?.result], [[1], 'silent']);
  await pass(minute);
  assert.deepEqual(failures(), [2]);
  await pass(minute);
  assert.equal(answers.calls, 2);
  await pass(15 * minute);
  assert.deepEqual(failures(), [3]);
});

test('screens read again only if a call ended in another way', async () => {
  const { answers, pass } = entranceTest();
  await pass(0);
  await pass(15 * minute);
  assert.deepEqual([answers.calls, answers.told], [2, 1]);
  answers.isReached = false;
  await pass(15 * minute);
  assert.equal(answers.told, 2);
});

test('an address is forgotten when people can’t log in there any more', async () => {
  const { made, addresses, pass } = entranceTest();
  await pass(0);
  addresses.pop();
  await pass(0);
  addresses.push({ url, isTrusted: true });
  assert.equal(made.facts[0]?.call, null);
});
