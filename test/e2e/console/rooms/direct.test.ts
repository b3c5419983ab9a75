import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole, roomPath } from '../../../support/browser/browser.ts';
import { roomOfBoth, twoFriends } from '../../../support/nodes/local-node.ts';

const skip = noBrowser;
after(closeBrowser);

test('two people on two servers write in one direct chat, on a phone and in German', { skip }, async (t) => {
  const { a, b } = await twoFriends(t);
  await a.api.changeProfile({ display_name: 'Anna' });
  await b.api.changeProfile({ display_name: 'Ben' });
  const room_id = await roomOfBoth(a, b, 'Kitchen');
  const { page: anna } = await openConsole(t, a, {
    path: roomPath(room_id),
    viewport: { width: 390, height: 800 },
  });
  const { page: ben } = await openConsole(t, b, { locale: 'de-DE', path: roomPath(room_id) });

  // Anna starts it from the list of members.
  await anna.getByRole('button', { name: /^Members/ }).click();
  const members = anna.getByRole('dialog', { name: 'Members' });
  await members.getByRole('button', { name: 'More about Ben' }).click();
  await anna.getByRole('menuitem', { name: 'Message' }).click();
  await anna.getByRole('textbox', { name: 'Message to Ben' }).fill('Only for you');
  await anna.getByRole('textbox', { name: 'Message to Ben' }).press('Enter');
  await anna.getByRole('log').getByText('Only for you').waitFor();

  // Ben finds her by Ctrl+K, which accepts what she asked.
  await ben.getByText('möchte mit dir schreiben').waitFor();
  await ben.keyboard.press('Control+k');
  await ben.getByRole('combobox').fill('@a:a.test');
  await ben.getByRole('option', { name: /^Anna.*Nachricht schreiben/ }).click();
  await ben.getByRole('log').getByText('Only for you').waitFor();
  assert.equal(await ben.getByText('möchte mit dir schreiben').count(), 0);
  await ben.getByRole('list', { name: 'Direkt' }).getByRole('link', { name: /^Anna/ }).waitFor();
  await ben.getByRole('button', { name: 'Mehr zu diesem Chat' }).click();
  assert.deepEqual(await ben.getByRole('menuitem').allTextContents(), [
    'Chat stummschalten',
    'Chat ausblenden',
    'Chat verlassen',
  ]);
  await ben.keyboard.press('Escape');

  // A new name is shown at once.
  await b.api.changeProfile({ display_name: 'Benjamin' });
  await anna.getByRole('textbox', { name: 'Message to Benjamin' }).waitFor();
  await anna.getByRole('link', { name: 'All chats' }).click();
  await anna
    .getByRole('list', { name: 'Direct' })
    .getByRole('link', { name: /^Benjamin/ })
    .waitFor();
  await anna
    .getByRole('list', { name: 'Rooms' })
    .getByRole('link', { name: /^Kitchen/ })
    .waitFor();
});
