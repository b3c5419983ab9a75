import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { shareRoom, startLocalNode } from '../../../support/nodes/local-node.ts';

const skip = noBrowser;
after(closeBrowser);

test('Ctrl+K finds a chat, a person, a page and a command, and a question mark lists the keys', {
  skip,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await shareRoom(a, b);
  const { page } = await openConsole(t, a, { path: '#/server' });
  await page.getByRole('heading', { level: 1, name: 'Status' }).waitFor();
  const find = async (words: string) => {
    await page.keyboard.press('Control+k');
    const field = page.getByRole('combobox', { name: /^Find a chat/ });
    await field.fill(words);
    await page.getByRole('dialog').getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await field.waitFor({ state: 'detached' });
  };
  const [room] = (await a.api.rooms({})).items;
  await find(room?.name ?? '');
  await page.getByRole('heading', { name: room?.name ?? '' }).waitFor();
  await find('b.test');
  await page.waitForURL(/#\/people\/b\.test$/);
  await find('backup');
  await page.getByRole('heading', { level: 1, name: 'Keys and backup' }).waitFor();
  await find('invite a friend');
  await page.getByRole('dialog', { name: 'Invite a friend' }).waitFor();
  await page.keyboard.press('Escape');
  await find('create');
  await page.getByRole('dialog', { name: 'Create a room' }).waitFor();
  await page.keyboard.press('Escape');
  await find('add someone');
  await page.getByRole('dialog', { name: 'Add someone' }).waitFor();
  await page.keyboard.press('Escape');
  await find('health');
  await page.getByRole('list', { name: 'Can others reach your server?' }).waitFor();
  for (const [words, place] of [
    ['certificate', /server\/network$/],
    ['recovery', /server\/keys$/],
    ['appearance', /settings\/general$/],
    ['logged-in', /settings\/browsers$/],
  ] as const) {
    await find(words);
    await page.waitForURL(place);
  }
  await find('back up');
  await page.getByRole('status').getByText('Backup created').waitFor();
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Keys and backup' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('in German, the same is found by its German words', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const { page } = await openConsole(t, node, { path: '#/server', locale: 'de-DE' });
  await page.getByRole('heading', { level: 1, name: 'Status' }).waitFor();
  for (const [words, found] of [
    ['prüfung', 'Prüfung'],
    ['jemanden', 'Jemanden hinzufügen'],
    ['backup erst', 'Backup erstellen'],
    ['zertifikat', 'Zertifikat'],
  ] as const) {
    await page.keyboard.press('Control+k');
    const field = page.getByRole('combobox');
    await field.fill(words);
    await page.getByRole('option', { name: found }).first().waitFor();
    await page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
  }
});
