import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routerMissing } from '../../support/daemons/router.ts';
import { Internet } from '../../support/netns/netns.ts';
import { startPlacedNode } from '../../support/netns/node.ts';
import { until } from '../../support/until.ts';

test('the node at home notices whether its router leads its own network back', {
  skip: routerMissing() ?? false,
  timeout: 90_000,
}, async (t) => {
  const home = new Internet(t).home();
  await home.startDaemon({ natPmp: true, upnp: true });
  const anna = await startPlacedNode(t, home.machine, 'anna.test');
  const outside = `https://${home.outside}:8448`;
  await until([], 'a mapping', async () => (await anna.api.status({})).reach.offers === outside);
  await anna.api.changeSettings({ people_log_in: true });
  const test = async () => {
    const { items } = await anna.api.testEntrance({});
    return Object.fromEntries(items.map(({ url, chat, at_home }) => [url, { chat, at_home }]));
  };
  const found = async () => (await anna.api.doctor({})).findings.find(({ code }) => /^entrance-/.test(code));

  assert.equal((await test())[outside]?.chat, 'failed');
  const again = await test();
  assert.match(again[outside]?.at_home ?? '', /hairpin.*answer 11\.0\.1\.2 with 192\.168\.1\.2/);
  assert.equal(again['https://192.168.1.2:8448']?.chat, 'tested');
  assert.match((await found())?.title ?? '', new RegExp(outside));

  home.leadBack(8448);
  const { chat, at_home } = (await test())[outside] ?? {};
  assert.deepEqual(
    [chat, at_home],
    ['tested', 'It leads here at home, as long as your router has this address.'],
  );
  assert.equal(await found(), undefined);
  assert.equal((await anna.stop()).code, 0);
});
