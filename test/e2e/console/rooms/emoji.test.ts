import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from '../../../support/browser/axe.ts';
import { noBrowser, openConsole, wholeFile } from '../../../support/browser/browser.ts';
import { hold, useMessage } from '../../../support/browser/message.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const a = await startLocalNode(wholeFile(), { name: 'a.test' });

async function roomWith(body: string): Promise<{ room_id: string; path: string }> {
  const { room_id } = await a.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  await a.api.postMessage({ room_id, body });
  return { room_id, path: `#/chats/${encodeURIComponent(room_id)}` };
}

const items = async (room_id: string) => (await a.api.timeline({ room_id })).items;
const hasMessage = (room_id: string, body: string) =>
  until([a], body, async () => (await items(room_id)).some((item) => item.body === body));
const hasReaction = (room_id: string, emoji: string) =>
  until([a], emoji, async () =>
    (await items(room_id)).some(({ reactions }) => reactions.some((one) => one.emoji === emoji)),
  );

test('an emoji is found with the keyboard and goes to the caret', { skip: noBrowser }, async (t) => {
  const { room_id, path } = await roomWith('soup at eight');
  const { page } = await openConsole(t, a, { path });
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await field.fill('great ');
  await page.getByRole('button', { name: 'Insert emoji' }).click();
  const search = page.getByRole('combobox', { name: 'Search emoji' });
  await search.and(page.locator(':focus')).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.type('rocket');
  await page
    .getByRole('listbox', { name: 'Matching emoji' })
    .getByRole('option', { name: 'rocket' })
    .waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await field.and(page.locator(':focus')).waitFor();
  assert.equal(await field.inputValue(), 'great 🚀');
  await page.keyboard.press('Enter');
  await hasMessage(room_id, 'great 🚀');

  await page.getByRole('button', { name: 'Insert emoji' }).click();
  await page.getByRole('listbox', { name: 'Used lately' }).getByRole('option', { name: 'rocket' }).waitFor();
  await page.keyboard.press('Escape');
  await search.waitFor({ state: 'detached' });
  await field.and(page.locator(':focus')).waitFor();
});

test('a colon and the beginning of a name complete an emoji', { skip: noBrowser }, async (t) => {
  const { room_id, path } = await roomWith('soup at eight');
  const { page } = await openConsole(t, a, { path });
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await field.focus();
  await page.keyboard.type('to :rocke');
  const list = page.getByRole('listbox', { name: 'Suggestions' });
  await list.getByRole('option', { name: 'rocket', selected: true }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Enter');
  await page.keyboard.type('the moon');
  assert.equal(await field.inputValue(), 'to 🚀 the moon');
  await page.keyboard.type(' :rocke');
  await list.waitFor();
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await hasMessage(room_id, 'to 🚀 the moon :rocke');
});

test('a reaction takes any emoji, in the skin tone that was chosen', { skip: noBrowser }, async (t) => {
  const { room_id, path } = await roomWith('soup at eight');
  const { page } = await openConsole(t, a, { path });
  await useMessage(page.getByRole('article').filter({ hasText: 'soup at eight' }), 'React');
  await page.getByRole('button', { name: 'Medium', exact: true }).click();
  const search = page.getByRole('combobox', { name: 'Search emoji' });
  await search.fill('waving hand');
  await search.press('Enter');
  await hasReaction(room_id, '👋🏽');
});

test('on a phone, emoji come from the bottom, and so do those of a reaction', {
  skip: noBrowser,
}, async (t) => {
  const { room_id, path } = await roomWith('soup at eight');
  const { page } = await openConsole(t, a, {
    path,
    viewport: { width: 390, height: 800 },
    hasTouch: true,
    isMobile: true,
    reducedMotion: 'reduce',
  });
  await hold(page.getByRole('article').filter({ hasText: 'soup at eight' }));
  await page.getByRole('button', { name: 'All emoji' }).tap();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Food & drink' }).tap();
  await page.getByRole('option', { name: 'grapes' }).tap();
  await hasReaction(room_id, '🍇');

  await page.getByRole('button', { name: 'Insert emoji' }).tap();
  const sheet = page.getByRole('dialog', { name: 'Insert emoji' });
  const box = await sheet.boundingBox();
  assert.deepEqual([box?.x, box?.width, (box?.y ?? 0) + (box?.height ?? 0)], [0, 390, 800]);
  await sheet.getByRole('option', { name: 'grapes' }).tap();
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await until([], 'the emoji in the field', async () => (await field.inputValue()) === '🍇');
});
