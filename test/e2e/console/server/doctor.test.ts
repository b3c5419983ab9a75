import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { befriend, shareRoom, startLocalNode } from '../../../support/nodes/local-node.ts';
import { reachable } from '../../../support/pairing/pairing.ts';
import { Detour } from '../../../support/parties/detour.ts';

after(closeBrowser);

test('a test of this node is shown step by step, in every window, with what to do next', {
  skip: noBrowser,
}, async (t) => {
  const anna = await reachable(await startLocalNode(t, { name: 'anna.example' }));
  const http = new Detour();
  const ben = await startLocalNode(t, { name: 'ben.example', parts: { http } });
  await befriend(anna, ben);
  const { page } = await openConsole(t, anna, { path: '#/server' });
  const { page: other } = await openConsole(t, anna, { path: '#/server' });
  await page.getByText('Health check').click();
  await other.getByText('Health check').click();
  await page.getByRole('button', { name: 'Check now' }).click();
  for (const window of [page, other])
    await window
      .getByRole('list', { name: 'Can others reach your server?' })
      .getByText('ben.example tried it and reached your server.')
      .waitFor();

  const nowhere = 'http://127.0.0.1:1';
  await anna.api.changeSettings({ public_url: nowhere });
  await http.strand(ben.api, 'anna.example', nowhere, anna.url);
  await page.getByRole('button', { name: 'Check now' }).click();
  const found = page.getByRole('list', { name: 'Problems found' });
  await found.getByText('Friends can’t reach your server').waitFor();
  await found.getByText('port forwarding').waitFor();
  await found.getByRole('link', { name: 'More about this: Friends can’t reach your server' }).click();
  await page.getByRole('heading', { name: "Friends can't reach your server" }).waitFor();
  await page.getByRole('heading', { name: 'What to do' }).waitFor();
  await page.getByRole('link', { name: 'router-address-shared' }).click();
  await page.getByText('carrier-grade NAT').waitFor();
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByRole('row', { name: /router-address-shared/ }).waitFor();
});

test('a page about a problem needs no login, and one that does not exist says so', {
  skip: noBrowser,
}, async (t) => {
  const anna = await startLocalNode(t, { name: 'anna.example' });
  const { page } = await openConsole(t, anna, { expected: /401/ });
  await page.context().clearCookies();
  await page.goto(`${anna.control}/#/help/start/disk`);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: /disk is full/i }).waitFor();
  await page.goto(`${anna.control}/#/help/nonsense`);
  await page.getByText('There’s nothing at this address').waitFor();
  await page.goto(`${anna.control}/#/server`);
  await page.getByRole('heading', { name: 'Log in to the console' }).waitFor();
});

test('a console in German opens the German page of a finding, and loads no English ones', {
  skip: noBrowser,
}, async (t) => {
  // Ben has none either, because his server would fetch the message.
  const lines = [new Detour(), new Detour()] as const;
  const anna = await startLocalNode(t, { name: 'anna.example', parts: { http: lines[0] } });
  const ben = await startLocalNode(t, { name: 'ben.example', parts: { http: lines[1] } });
  const room_id = await shareRoom(anna, ben);
  const { page } = await openConsole(t, anna, { locale: 'de-AT', path: '#/server' });
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  for (const line of lines) line.loseNetwork();
  await anna.api.postMessage({ room_id, body: 'Jemand da?' });
  await page.getByText('Prüfung', { exact: true }).click();
  await page.locator('a[href^="#/help/"]').first().click();
  await page.getByRole('heading', { name: 'Was zu tun ist' }).waitFor();
  await page.getByRole('link', { name: 'Zurück' }).click();
  await page.getByRole('heading', { level: 1, name: 'Wenn etwas nicht geht' }).waitFor();
  assert.deepEqual(
    loaded.flatMap((url) => /pages-(?:de|en)/.exec(url) ?? []),
    ['pages-de'],
  );
});

test('consequences of a finding are collapsed below it', { skip: noBrowser }, async (t) => {
  const http = new Detour();
  const anna = await startLocalNode(t, { name: 'anna.example', parts: { http } });
  const ben = await startLocalNode(t, { name: 'ben.example' });
  const room_id = await shareRoom(anna, ben);
  const { page } = await openConsole(t, anna, { path: '#/server' });
  http.loseNetwork();
  await anna.api.postMessage({ room_id, body: 'Anybody?' });
  await page.getByText('Health check').click();
  const found = page.getByRole('list', { name: 'Problems found' });
  await found.getByText('This computer is offline', { exact: true }).waitFor();
  await found.getByText('Causes 1 other problem').click();
  await found.getByText('ben’s server can’t be reached').waitFor();
});
