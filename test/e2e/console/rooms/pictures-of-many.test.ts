import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';
import type { Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { args, expected, join, threeHomes } from '../../../support/browser/household.ts';
import { useMessage } from '../../../support/browser/message.ts';
import { png } from '../../../support/browser/png.ts';
import { getFile, pathIn } from '../../../support/nodes/files.ts';
import { until } from '../../../support/until.ts';

after(closeBrowser);

const isDrawn = (page: Page, name: string): Promise<boolean> =>
  page
    .getByRole('img', { name })
    .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0);

test('an owner, two members, a child and a guest see the picture that one of them sends from a phone, as two other servers do', {
  skip: noBrowser,
}, async (t) => {
  const { node, others, room_id } = await threeHomes(t);
  const path = `#/chats/${encodeURIComponent(room_id)}`;
  const { page: owner } = await openConsole(t, node, { args, path, expected });
  const pages: Record<string, Page> = { owner };
  for (const [name, role] of [
    ['ben', 'member'],
    ['bea', 'member'],
    ['mia', 'child'],
    ['gus', 'guest'],
  ] as const) {
    const { url } = await node.api.makeJoinLink({ role, rooms: [room_id] });
    const page = await join(t, node, url, name);
    pages[name] = page;
    for (const ask of (await node.api.consentAsks({})).items) {
      const people = ask.people.map(({ user_id }) => user_id);
      await node.api.answerConsent({ user_id: ask.user_id, room_id: ask.room_id, allow: true, people });
    }
    await page.goto(`${new URL(url).origin}/${path}`);
    await page.getByRole('textbox', { name: /^Message to / }).waitFor();
  }
  const ben = pages.ben as Page;
  const file = png(80, 60, [200, 0, 0], 'taken at home');
  await ben
    .locator('input[type=file]')
    .setInputFiles([{ name: 'red.png', mimeType: 'image/png', buffer: file }]);
  await ben.getByRole('textbox', { name: /^Message to / }).fill('From the garden');
  await ben.getByRole('button', { name: 'Send' }).tap();
  for (const [name, page] of Object.entries(pages)) {
    await page.getByRole('img', { name: 'red.png' }).waitFor();
    await until([node], `the picture, drawn for ${name}`, () => isDrawn(page, 'red.png'));
  }
  const sent = png(80, 60, [200, 0, 0]);
  for (const other of others) {
    const event_id = await until(
      [other],
      'the message',
      async () =>
        (await other.api.timeline({ room_id })).items.find(({ files }) => files.length > 0)?.event_id,
    );
    const answer = await getFile(other, { room_id, event_id });
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), sent, other.name);
  }
  const message = owner.getByRole('article').filter({ hasText: 'From the garden' });
  await useMessage(message, 'Delete');
  await owner.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await until([node, ...others], 'the file is gone everywhere', () =>
    [node, ...others].every((each) => !existsSync(pathIn(each, sent))),
  );
  for (const page of Object.values(pages))
    await page.getByRole('img', { name: 'red.png' }).waitFor({ state: 'detached' });
});
