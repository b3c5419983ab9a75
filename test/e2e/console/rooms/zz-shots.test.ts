import { after, test } from 'node:test';
import { closeBrowser, openConsole } from '../../../support/browser/browser.ts';
import { befriend, startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

after(closeBrowser);
test('shots', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'friend.example' });
  await befriend(a, b);
  const rooms: string[] = [];
  for (const name of ['Hall', 'Cellar with a long name that does not fit', 'Garden', 'Attic']) {
    const home = name === 'Garden' ? b : a;
    const other = home === a ? b : a;
    const { room_id } = await home.api.createRoom({
      name,
      join_rule: 'peers',
      channels: ['general', 'random'],
    });
    await other.api.joinRoom({ room_id });
    await until(
      [a, b],
      'both',
      async () =>
        (await other.api.room({ room_id })).membership === 'joined' &&
        (await other.api.room({ room_id })).channels.length > 1,
    );
    rooms.push(room_id);
  }
  const [hall = '', cellar = '', garden = '', attic = ''] = rooms;
  await a.api.muteRoom({ room_id: cellar, muted: true });
  await a.api.postMessage({ room_id: attic, body: 'I wrote this' });
  await b.api.postMessage({ room_id: hall, body: 'first, read' });
  await until([a], 'x', async () => (await a.api.timeline({ room_id: hall })).items.length > 0);
  await a.api.markRead({ room_id: hall });
  for (const body of [
    'Are you there? This is a long message that should be cut off somewhere',
    'hello @a, have a look',
  ])
    await b.api.postMessage({ room_id: hall, body });
  const ch = (await b.api.room({ room_id: hall })).channels[1]?.channel_id;
  await b.api.postMessage({ room_id: hall, body: 'elsewhere', channel_id: ch });
  for (let i = 0; i < 3; i++) await b.api.postMessage({ room_id: cellar, body: `noise ${i}` });
  await b.api.postMessage({ room_id: garden, body: 'roses' });
  await until(
    [a],
    'y',
    async () =>
      (await a.api.unread({})).unread >= 4 &&
      (await a.api.room({ room_id: garden })).unread > 0 &&
      (await a.api.room({ room_id: cellar })).unread > 2,
  );
  for (const [scheme, width, locale] of [
    ['light', 1280, 'en'],
    ['dark', 390, 'de'],
  ] as const) {
    const { page } = await openConsole(t, a, {
      path: '#/rooms',
      viewport: { width, height: 800 },
      colorScheme: scheme,
      locale,
    });
    await page.getByText('roses').first().waitFor();
    await page.screenshot({ path: `/tmp/shots/list-${scheme}.png` });
    if (scheme === 'light') {
      await page.goto('about:blank');
      continue;
    }
    await page.goto(`${a.control}/#/rooms/${encodeURIComponent(hall)}`);
    await page.getByRole('log').getByText('have a look').waitFor();
    await page.screenshot({ path: `/tmp/shots/room-${scheme}.png` });
    await page.goto('about:blank');
  }
  await b.api.postMessage({ room_id: hall, body: 'and one more for @a' });
  await until([a], 'z', async () => (await a.api.unread({})).mentions > 0);
  const { page } = await openConsole(t, a, { path: `#/rooms/${encodeURIComponent(hall)}` });
  await page.getByRole('log').getByText('one more for').waitFor();
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `/tmp/shots/room-light.png` });
});
