import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole } from '../../support/browser/browser.ts';
import { run } from '../../support/nodes/command-line.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';

after(closeBrowser);

/** A name with a Cyrillic а. */
const impostor = '@аnna:raw.test';
const invisible = '@an\u200bna\u202e:raw.test';

test('users who imitate others are flagged in the room and on the command line, with hidden characters marked', {
  skip: noBrowser,
}, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  raw.handlers.set('/event', () => ({ status: 202, body: { event_id: 'x', inserted: true } }));
  await node.api.addPeer({ endpoint: raw.url });
  const { room_id } = await node.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  const { items: channels } = await node.api.channels({ room_id });
  const channel = channels[0]?.channel_id ?? '';
  for (const user_id of [impostor, invisible]) {
    const joined = await raw.call(
      node.url,
      'POST',
      '/join',
      JSON.stringify({ origin_server: raw.name, room_id, user_id }),
    );
    assert.equal(joined.status, 200, JSON.stringify(joined.body));
    const body = `Send me \u202ethe\u2066 key\u200b, signed ${user_id}`;
    const sent = await raw.post(node.url, raw.message(room_id, body, { sender: user_id, channel }));
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
  }

  writeFileSync(
    join(node.dataDir, 'control.json'),
    JSON.stringify({ url: node.control, token: node.node.token }),
  );
  const cli = async (...args: string[]) => {
    const { stdout, stderr, code } = await run([...args, '--data-dir', node.dataDir]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /[\u200b\u202e\u2066]/);
    return stdout;
  };
  for (const args of [
    ['rooms', 'members', room_id],
    ['timeline', room_id],
  ]) {
    const text = await cli(...args);
    assert.match(text, /@аnna:raw\.test ⚠/);
    assert.match(
      text,
      /⚠ The name “аnna” mixes Cyrillic and Latin letters\. @аnna:raw\.test looks like @anna:anna\.test/,
    );
    assert.match(text, /@an�na�:raw\.test ⚠/);
    assert.match(text, /⚠ The name “an�na�” contains invisible characters/);
    assert.doesNotMatch(text, /@anna:anna\.test ⚠/);
  }
  const members = JSON.parse(await cli('rooms', 'members', room_id, '--json'));
  assert.ok(members.items.some((member: { user_id: string }) => member.user_id === invisible));

  const { page } = await openConsole(t, node, { path: `#/chats/${encodeURIComponent(room_id)}` });
  const message = page.getByRole('article').filter({ hasText: 'signed @аnna' });
  await message.getByRole('button', { name: 'Possibly misleading name: why?' }).click();
  await page.getByText('@аnna:raw.test looks like @anna:anna.test').locator('visible=true').first().waitFor();
  await page.getByRole('button', { name: /^Members/ }).click();
  const list = page.getByRole('complementary', { name: 'Members' });
  await list.getByTitle('@an�na�:raw.test').first().waitFor();
  assert.equal(await list.getByRole('button', { name: 'Possibly misleading name: why?' }).count(), 2);
  assert.doesNotMatch(await list.innerHTML(), /[\u200b\u202e]/);
});
