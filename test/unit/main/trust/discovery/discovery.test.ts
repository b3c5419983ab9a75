import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameServer } from '../../../../../main/trust/discovery/discovery.ts';

test('a server is the same however it writes its name, and an invalid name isn’t a server', () => {
  for (const said of ['chat.example', 'Chat.Example', 'chat.example.', ' chat.example '])
    assert.ok(isSameServer(said, 'chat.example'), said);
  for (const said of ['other.example', 'chat.example:8448', 'not a name', ''])
    assert.equal(isSameServer(said, 'chat.example'), false, said);
});
