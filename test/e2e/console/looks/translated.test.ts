import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noBrowser, openConsole, settled, wholeFile } from '../../../support/browser/browser.ts';
import { roomOfBoth, twoFriends } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const { a, b } = await twoFriends(wholeFile());

/** As Chrome's translator does it: elements in the place of texts, also of those that come later. */
const translator = `(() => {
  const isSkipped = (node) => node.parentElement === null || node.parentElement.closest('font, [translate=no], script, style') !== null;
  const translate = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = root.nodeType === 3 ? [root] : [];
    while (texts.nextNode()) found.push(texts.currentNode);
    for (const text of found) {
      if (isSkipped(text) || text.data.trim() === '') continue;
      const [outer, inner] = [document.createElement('font'), document.createElement('font')];
      inner.append('¡' + text.data + '!');
      outer.append(inner);
      text.parentNode.insertBefore(outer, text);
      text.parentNode.removeChild(text);
    }
  };
  translate(document.body);
  new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) if (node.isConnected && node.nodeName !== 'FONT') translate(node);
  }).observe(document.body, { childList: true, subtree: true });
})()`;

test('on a page that the browser translates, edited messages and counts still change', {
  skip: noBrowser,
}, async (t) => {
  const room_id = await roomOfBoth(a, b, 'Hall');
  const { event_id } = await b.api.postMessage({ room_id, body: 'Soup at noon' });
  const { page } = await openConsole(t, a, {
    path: `#/chats/${encodeURIComponent(room_id)}`,
    ownWindow: true,
  });
  await settled(page);
  const log = page.getByRole('log');
  await log.getByText('Soup at noon').waitFor();
  await until([a], 'the reaction', async () =>
    a.api.react({ room_id, event_id, emoji: '👍' }).then(
      () => true,
      () => false,
    ),
  );
  await log.getByRole('button', { name: /👍/ }).waitFor();
  await page.evaluate(translator);
  await log.getByText('¡Soup at noon!').waitFor();

  await b.api.react({ room_id, event_id, emoji: '👍' });
  await log.getByRole('button', { name: /👍/ }).getByText('2').waitFor();
  await b.api.editMessage({ room_id, event_id, body: 'Soup at one' });
  await log.getByText('¡Soup at one!').waitFor();
  await b.api.editMessage({ room_id, event_id, body: 'See https://soup.example/' });
  await log.getByRole('link', { name: 'soup.example' }).waitFor();
  await b.api.editMessage({ room_id, event_id, body: 'No soup' });
  await log.getByText('¡No soup!').waitFor();
  const shown = await log.innerText();
  assert.doesNotMatch(shown, /at noon|at one|soup\.example/, shown);
});
