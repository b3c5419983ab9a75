import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAskLink, readAskLink, writeAskLink } from '../../../../../shared/protocol/invites/ask-link.ts';
import { isInviteLink } from '../../../../../shared/protocol/invites/invite-link.ts';

const ask = { from: 'Änne 🐈', server: 'aenne-k3f9.internal', room: 'Küche', expires: 1_760_604_800_000 };

test('a request for an invite is read back from the text of a message', () => {
  const link = writeAskLink(ask);
  assert.match(link, /^paracord:\/\/ask\/[\w-]+$/);
  assert.ok(link.length < 200, `${link.length} characters`);
  assert.deepEqual(readAskLink(`Hi Ben!\n${link}\nSee you.`), ask);
  assert.ok(isAskLink(`<${link}>`));
  assert.ok(!isInviteLink(link));
});

test('a request that was cut or altered can’t be read', () => {
  const link = writeAskLink(ask);
  for (const broken of [link.slice(0, -1), link.slice(0, 40), 'paracord://ask/AAAA', 'paracord://ask/', ''])
    assert.equal(readAskLink(broken), null, broken);
});

test('a request with a missing, endless or foreign field can’t be read', () => {
  for (const change of [{ from: '' }, { room: 'x'.repeat(200) }, { expires: 1.5 }])
    assert.equal(readAskLink(writeAskLink({ ...ask, ...change })), null, JSON.stringify(change));
  assert.equal(readAskLink(`${' '.repeat(3000)}${writeAskLink(ask)}`), null);
});
