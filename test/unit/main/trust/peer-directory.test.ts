import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Keyring } from '../../../../main/identity/keyring.ts';
import { KeyVault } from '../../../../main/identity/vault.ts';
import { Store } from '../../../../main/store/store.ts';
import { newPeer } from '../../../../main/store/tables/peer-store.ts';
import { PeerDirectory } from '../../../../main/trust/peer-directory.ts';
import { Dice } from '../../../support/sim/dice.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

test("a server's users move to it when its domain becomes known, even if the first write that said so failed", async (t) => {
  const dir = tempDir(t);
  const clock = new VirtualClock();
  const store = new Store(join(dir, 'node.db'), { clock, defer: (job) => setImmediate(job) });
  t.after(() => store.close());
  const keyring = new Keyring(new KeyVault(dir, null), clock, new Dice(1));
  keyring.setUp('us.test', 'us.test');
  const directory = new PeerDirectory(store, keyring, clock, () => {});
  const room_id = '!1:us.test';
  await store.writer.write(() => {
    store.rooms.insert({ room_id, home: 'us.test', name: 'Room', join_rule: 'peers', created_at: 1 });
    const member = {
      room_id,
      user_id: '@ben:chat.ben.test',
      server: directory.serverOf('chat.ben.test'),
      state: 'joined' as const,
      role: 'member' as const,
      joined_at: 1,
      implicit: 0 as const,
    };
    store.rules.rooms.putMember(member);
  });

  const ben = newPeer('ben.test', 'chat.ben.test');
  // Both wait for the same commit, and the second finds the domain in memory already.
  const first = directory.put(ben, () => {
    throw new Error('the disk is full');
  });
  const second = directory.put({ ...ben, mode: 'allow' });
  await assert.rejects(first, /the disk is full/);
  await second;
  assert.equal(directory.serverOf('chat.ben.test'), 'ben.test');
  assert.equal(store.rooms.member(room_id, '@ben:chat.ben.test')?.server, 'ben.test');
});
