import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { befriend, startLocalNode } from '../../../support/nodes/local-node.ts';
import { tempDir } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

test('after a restore the settings show what came back, and ask the peers again', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  const { folder } = await a.api.backUp({});
  const { room_id } = await a.api.createRoom({ name: 'Made since', join_rule: 'peers' });
  await b.api.joinRoom({ room_id });
  await until([a, b], 'b knows it', async () => (await b.api.members({ room_id })).items.length === 2);
  await a.stop();
  const dataDir = join(tempDir(t), 'restored');
  cpSync(folder, dataDir, { recursive: true });
  const port = Number(new URL(a.url).port);
  const restored = await startLocalNode(t, { name: 'a.test', dataDir, setUp: false, port });
  const { page } = await openConsole(t, restored, {
    path: '#/server/keys',
    expected: /net::ERR_CONNECTION/,
  });
  await page.getByText('A backup was restored').waitFor();
  await page.getByText(/1 room, 0 users, 0 keys/).waitFor();
  await page.getByText('What was found').click();
  await page.getByRole('list', { name: 'What was found' }).getByText('Made since').waitFor();
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.getByText('You last asked').waitFor();
});
