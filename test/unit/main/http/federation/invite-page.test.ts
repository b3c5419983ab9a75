import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invitePage } from '../../../../../main/http/federation/invite-page.ts';

test('the page is rendered once for each language, however often and however it is asked for', () => {
  const page = invitePage('a.test', 'trusted', 'en');
  for (const header of ['en', 'en-GB,en;q=0.5', undefined, 'xx', 'x'.repeat(1000)])
    assert.equal(invitePage('a.test', 'trusted', header), page, header);
  const german = invitePage('a.test', 'trusted', 'de-AT,de;q=0.9,en;q=0.1');
  assert.match(german.body, /<html lang="de">/);
  assert.equal(invitePage('a.test', 'trusted', 'de'), german);
});

test('the page follows this server’s name and certificate', () => {
  assert.match(invitePage('a.test', 'trusted', 'en').body, /a\.test/);
  assert.match(invitePage('b.test', 'trusted', 'en').body, /b\.test/);
  assert.notEqual(invitePage('b.test', 'plain', 'en').body, invitePage('b.test', 'trusted', 'en').body);
});
