import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from '../../../support/browser/axe.ts';
import { noBrowser, openConsole, wholeFile } from '../../../support/browser/browser.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';

const a = await startLocalNode(wholeFile(), { name: 'a.test' });

test('a formatted message is drawn, its code can be copied, and its links show where they lead', {
  skip: noBrowser,
}, async (t) => {
  const { room_id } = await a.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const body = [
    'This is **bold**, *leaning*, ~~gone~~ and `code`.',
    '> soup at eight?',
    'Yes, and see [the recipe](https://soup.test/leek) or [bank.example](https://evil.test/).',
    '- leeks',
    '- potatoes',
    '3) salt',
    '```js',
    'const pot = `<b>`;',
    '```',
  ].join('\n');
  await a.api.postMessage({ room_id, body: '<img src=x onerror=alert(1)> **<b>not bold</b>**' });
  await a.api.postMessage({ room_id, body });
  await a.api.postMessage({
    room_id,
    body: '\u202ehttps://evil.test/moc.knab//:sptth [b\u0430nk](https://b\u0430nk.test/)',
  });
  await a.api.postMessage({ room_id, body: '🎉👍🏽' });
  const { page, context } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room_id)}` });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const message = page.getByRole('article').filter({ hasText: 'leaning' });
  for (const [tag, words] of [
    ['strong', 'bold'],
    ['em', 'leaning'],
    ['del', 'gone'],
    ['blockquote', 'soup at eight?'],
    ['ul li', 'potatoes'],
    ['ol li', 'salt'],
  ] as const)
    await message.locator(tag, { hasText: words }).waitFor();

  assert.equal(
    await message.locator('p', { hasText: 'Yes' }).evaluate((one) => one.textContent?.trimEnd()),
    'Yes, and see the recipe (soup.test) or bank.example (https://evil.test/).',
  );
  const links = await message
    .getByRole('link')
    .evaluateAll((all) =>
      all.map((one) => [one.textContent, one.getAttribute('href'), one.getAttribute('rel')].join(' ')),
    );
  assert.deepEqual(links, [
    'the recipe https://soup.test/leek noopener noreferrer nofollow',
    'https://evil.test/ https://evil.test/ noopener noreferrer nofollow',
  ]);

  await message.getByRole('button', { name: 'Copy code' }).click();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), 'const pot = `<b>`;');

  const reversed = page.getByRole('article').filter({ hasText: 'moc.knab' });
  await reversed.getByText('(xn--bnk-6cd.test)').waitFor();
  assert.deepEqual(
    await reversed.locator(':is(a, bdi)').evaluateAll((all) => all.map((one) => one.getAttribute('dir'))),
    ['ltr', null, null, 'ltr'],
    'an address is read from left to right, whatever stands before it',
  );

  const hostile = page.getByRole('article').filter({ hasText: 'onerror' });
  assert.equal(await hostile.locator('.body :is(img, b)').count(), 0);
  await hostile.locator('strong', { hasText: '<b>not bold</b>' }).waitFor();
  const size = (selector: string) =>
    page.evaluate<number>(`parseFloat(getComputedStyle(document.querySelector('${selector}')).fontSize)`);
  assert.ok((await size('.body.large p')) > 2 * (await size('.body:not(.large) p')));
  assert.deepEqual(await violations(page), []);
});
