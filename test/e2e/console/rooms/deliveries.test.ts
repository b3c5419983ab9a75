import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { type LocalNode, shareRoom, startLocalNode } from '../../../support/nodes/local-node.ts';
import { RawPeer } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

after(closeBrowser);

/** A window whose node may stop before it closes. */
async function openWindow(t: TestContext, node: LocalNode, path: string): Promise<Page> {
  return (await openConsole(t, node, { path, expected: /ERR_CONNECTION_REFUSED/ })).page;
}

const taken = () => ({ status: 202, body: { event_id: 'x', inserted: true } });

/** A peer that is in the room and has everything. From then on it answers what the test specifies. */
async function memberOf(t: TestContext, node: LocalNode, room: string): Promise<RawPeer> {
  const raw = await new RawPeer('raw.test').listen(t);
  raw.handlers.set('/event', taken);
  await node.api.addPeer({ endpoint: raw.url });
  const user_id = `@user:${raw.name}`;
  const body = JSON.stringify({ origin_server: raw.name, room_id: room, user_id });
  assert.equal((await raw.call(node.url, 'POST', '/join', body)).status, 200);
  await until([node], 'nothing waits', async () => (await node.api.outbox({})).items.length === 0);
  return raw;
}

test('the queue for an unreachable peer says why it waits, and disappears when the peer is back', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const b = await startLocalNode(t, { name: 'ben.test' });
  const room = await shareRoom(a, b);
  await until([a, b], 'nothing waits', async () => (await a.api.outbox({})).items.length === 0);
  const page = await openWindow(t, a, '#/server/deliveries');
  await page.getByRole('heading', { name: 'Nothing to send' }).waitFor();

  await b.stop();
  await a.api.postMessage({ room_id: room, body: 'are you there?' });
  const row = page.getByRole('listitem').filter({ hasText: 'ben.test' });
  await row.getByText(/^1 message waits\. Nothing answers at its address/).waitFor();

  await startLocalNode(t, { name: 'ben.test', dataDir: b.dataDir, port: Number(new URL(b.url).port) });
  await page.getByRole('heading', { name: 'Nothing to send' }).waitFor();
});

test('“Try now” delivers queued messages as soon as the other side accepts them', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const room = (await a.api.createRoom({ name: 'Kitchen', join_rule: 'peers' })).room_id;
  const raw = await memberOf(t, a, room);
  // It asks for a pause of an hour, so only the owner can end the wait.
  raw.handlers.set('/event', () => ({
    status: 503,
    body: { code: 'UNAVAILABLE', message: 'moving house' },
    headers: { 'retry-after': '3600' },
  }));
  const page = await openWindow(t, a, '#/server/deliveries');
  await a.api.postMessage({ room_id: room, body: 'hello' });
  const row = page.getByRole('listitem').filter({ hasText: 'raw.test' });
  await row.getByText('moving house').waitFor();
  await row.getByText(/Next try in \d+ minutes|Next try in 1 hour/).waitFor();

  await page.getByRole('button', { name: 'Try now: user' }).click();
  await until(
    [a],
    'tried again',
    async () => ((await a.api.outboxEntries({ destination: 'raw.test' })).items[0]?.attempts ?? 0) > 1,
  );
  raw.handlers.set('/event', taken);
  await page.getByRole('button', { name: 'Try now: user' }).click();
  await page.getByRole('heading', { name: 'Nothing to send' }).waitFor();
});

test('an entry shows what it is, its result, and every attempt', { skip: noBrowser }, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const room = (await a.api.createRoom({ name: 'Kitchen', join_rule: 'peers' })).room_id;
  const raw = await memberOf(t, a, room);
  raw.handlers.set('/event', () => ({ status: 403, body: { code: 'FORBIDDEN', message: 'not you' } }));
  const { event_id } = await a.api.postMessage({ room_id: room, body: 'let me in' });
  const page = await openWindow(t, a, '#/server/deliveries/raw.test');
  const entry = page.getByRole('list', { name: 'Queue, oldest first' }).getByRole('listitem');
  await entry.getByText('Needs you:').waitFor({ state: 'attached' });
  // All events wait for the same reason, so it is shown once.
  const reason = page.getByText('It doesn’t accept events from your server');
  await reason.waitFor();
  assert.equal(await reason.count(), 1);
  await entry.getByRole('link', { name: 'Kitchen' }).waitFor();
  await entry.getByRole('button', { name: 'Message', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Message' });
  await dialog.getByText('let me in').first().waitFor();
  await dialog.getByRole('heading', { name: 'Not delivered yet.' }).waitFor();
  await dialog.getByText('Refused for now').first().waitFor();
  await dialog.getByText('Details').click();
  await dialog.getByText(event_id, { exact: true }).waitFor();
  await dialog.getByText('"body": "let me in"').waitFor();
});

test('a dead letter is listed separately, and can be sent again, or discarded after a warning about who won’t get it', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const room = (await a.api.createRoom({ name: 'Kitchen', join_rule: 'peers' })).room_id;
  const raw = await memberOf(t, a, room);
  let refused = /too bad|too odd/;
  raw.handlers.set('/event', (request) =>
    refused.test(request.body) ? { status: 400, body: { code: 'BAD_REQUEST', message: 'no' } } : taken(),
  );
  const page = await openWindow(t, a, '#/server/deliveries');
  await a.api.postMessage({ room_id: room, body: 'too bad' });
  await a.api.postMessage({ room_id: room, body: 'too odd' });
  await page.getByText('2 messages weren’t delivered. Send them again, or give up?').waitFor();
  await page.getByRole('link', { name: 'user', exact: true }).click();
  const letters = page.getByRole('list', { name: 'Failed deliveries' }).getByRole('listitem');
  await letters.nth(1).waitFor();

  await letters
    .first()
    .getByRole('button', { name: /^Actions for/ })
    .click();
  await page.getByRole('menuitem', { name: 'Discard…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Discard this delivery?' });
  await dialog.getByText('too bad').waitFor();
  await dialog.getByText('user won’t get this, so nobody there sees it in Kitchen.').waitFor();
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await letters.nth(1).waitFor({ state: 'detached' });
  const { items } = await a.api.outboxEntries({ destination: 'raw.test' });
  assert.equal(items.length, 1);

  refused = /nothing any more/;
  await letters
    .first()
    .getByRole('button', { name: /^Actions for/ })
    .click();
  await page.getByRole('menuitem', { name: 'Send again' }).click();
  await page.getByRole('heading', { name: 'Nothing to send to user' }).waitFor();
  const bodies = raw.requests.filter((request) => request.path.endsWith('/event')).map(({ body }) => body);
  assert.match(bodies.at(-1) ?? '', /too odd/);
});

test('“Try now” leaves dead letters as they are', { skip: noBrowser }, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const room = (await a.api.createRoom({ name: 'Kitchen', join_rule: 'peers' })).room_id;
  const raw = await memberOf(t, a, room);
  // With quotes, because a hex signature may also contain the letters “bad”.
  raw.handlers.set('/event', (request) => ({
    status: request.body.includes('"bad"') ? 400 : 503,
    headers: { 'retry-after': '3600' },
    body: { code: 'NO', message: 'no' },
  }));
  await a.api.postMessage({ room_id: room, body: 'bad' });
  await until([a], 'dead', async () => (await a.api.outbox({})).items[0]?.dead === 1);
  await a.api.postMessage({ room_id: room, body: 'fine' });
  const page = await openWindow(t, a, '#/server/deliveries/raw.test');
  await page.getByRole('list', { name: 'Queue, oldest first' }).getByText('1 attempt').waitFor();
  raw.handlers.set('/event', taken);
  await page.getByRole('button', { name: 'Try now: user' }).click();
  await page.getByText('1 message wasn’t delivered. Send it again, or give up?').waitFor();
  assert.equal((await a.api.outbox({})).items[0]?.dead, 1);
  await page.getByRole('button', { name: 'Send all again' }).click();
  await page.getByRole('heading', { name: 'Nothing to send to user' }).waitFor();
});

test('a long queue is split into pages', { skip: noBrowser }, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.test' });
  const room = (await a.api.createRoom({ name: 'Kitchen', join_rule: 'peers' })).room_id;
  const raw = await memberOf(t, a, room);
  raw.handlers.set('/event', () => ({
    status: 503,
    body: { code: 'UNAVAILABLE', message: 'later' },
    headers: { 'retry-after': '3600' },
  }));
  for (let at = 0; at < 130; at++) await a.api.postMessage({ room_id: room, body: `message ${at}` });
  const page = await openWindow(t, a, '#/server/deliveries/raw.test');
  const entries = page.getByRole('list', { name: 'Queue, oldest first' }).getByRole('listitem');
  await page.getByText('100 of 130 shown').waitFor();
  assert.equal(await entries.count(), 100);
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByText('100 of 130 shown').waitFor({ state: 'detached' });
  assert.equal(await entries.count(), 130);
});
