import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole } from '../../support/browser/browser.ts';
import { databaseFor, noPostgres } from '../../support/daemons/postgres.ts';
import { startTwins, untilLeads } from '../../support/standby/twins.ts';

after(closeBrowser);

test('the screens of a standby show what the leader stores, as it happens, and stay open after a takeover', {
  skip: noPostgres || noBrowser,
}, async (t) => {
  const [leader, standby] = await startTwins(t, await databaseFor(t));
  const { page } = await openConsole(t, standby.node, { expected: /50[23]|ERR_CONNECTION/ });
  await page.getByText('Standing by for the node on').waitFor();
  const rooms = page.getByRole('link', { name: /^Rooms/ });
  const said = (text: string) => page.getByRole('article').filter({ hasText: text });
  const first = page.getByRole('link', { name: /^Go to rooms/ });
  await first.waitFor();
  const { room_id } = await leader.node.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  await first.waitFor({ state: 'detached' });
  await rooms.first().click();
  await page.getByRole('link', { name: /Hall/ }).first().click();
  await leader.node.api.postMessage({ room_id, body: 'posted at the leader' });
  await said('posted at the leader').waitFor();
  const composer = page.getByRole('textbox', { name: /^Message to / });
  await composer.fill('written at the standby');
  await composer.press('Enter');
  await said('written at the standby').waitFor();
  await leader.node.kill();
  await composer.fill('written while nobody leads');
  await composer.press('Enter');
  await page.getByText('no node of this server leads').waitFor();
  await said('written while nobody leads').waitFor();
  for (const note of await page.getByRole('alert').all()) assert.equal(await note.textContent(), '');
  await untilLeads(standby);
  await standby.node.api.postMessage({ room_id, body: 'after the takeover' });
  await said('after the takeover').waitFor();
  await page.goto(`${standby.node.control}/#/overview`);
  await page.getByText('Standing by for the node on').waitFor({ state: 'detached' });
  assert.equal((await standby.node.api.status({})).rooms.homed, 1);
});
