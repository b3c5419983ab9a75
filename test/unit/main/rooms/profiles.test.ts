import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameIn } from '../../../../main/events/projection/stored.ts';
import type { Log } from '../../../../main/kernel/log.ts';
import { Profiles } from '../../../../main/rooms/profiles.ts';
import { canonicalJson } from '../../../../shared/protocol/coding/canonical-json.ts';
import type { UnsignedEvent } from '../../../../shared/protocol/events/envelope.ts';
import { author, inRoom, ours } from '../../../support/memory-node.ts';
import { cast, now, roomId } from '../../../support/sim/member.ts';

function naming() {
  const { node } = inRoom();
  let depth = 100;
  const writes: PromiseWithResolvers<void>[] = [];
  const profiles = new Profiles({
    store: node.store,
    composer: {
      stamp: (inRoomId: string, sender: string) => ({
        serverName: cast.self,
        domain: cast.self,
        sender,
        roomId: inRoomId,
        originTs: now - 1000 + ++depth,
        depth: now - 1000 + depth,
      }),
      write: async (event: UnsignedEvent) => {
        const gate = Promise.withResolvers<void>();
        writes.push(gate);
        await gate.promise;
        const signatures = new Map([['ed25519:self', 'ab'.repeat(64)]]);
        node.take({ ...event, contentText: canonicalJson(event.content), signatures }, null);
      },
    },
    log: { warn: () => {} } as unknown as Log,
    uploads: { keepPicture: async () => {} },
    pause: async () => {},
    tell: () => {},
  });
  const written = async (n: number) => {
    for (let turn = 0; writes.length < n && turn < 100; turn++) await new Promise(setImmediate);
    assert.equal(writes.length, n);
    writes[n - 1]?.resolve();
  };
  const called = () => nameIn(node.store.events.profile(ours, roomId));
  return { profiles, writes, written, called };
}

test('a name that is changed while a room still gets the last one reaches the room, too', async () => {
  const { profiles, writes, written, called } = naming();
  const first = profiles.change(ours, { display_name: 'Ben' });
  for (let turn = 0; writes.length === 0 && turn < 100; turn++) await new Promise(setImmediate);
  const second = profiles.change(ours, { display_name: 'Benjamin' });
  await new Promise(setImmediate);
  await written(1);
  await written(2);
  await Promise.all([first, second]);
  assert.equal(called(), 'Benjamin');
});

test('a room gets the name of a local member, and only once', async () => {
  const { profiles, writes, written, called } = naming();
  await profiles.tellIn(roomId, author);
  await profiles.tellIn('!9:home.test', ours);
  assert.equal(writes.length, 0);
  const told = profiles.tellIn(roomId, ours);
  await written(1);
  await told;
  assert.equal(called(), 'U');
  await profiles.tellIn(roomId, ours);
  assert.equal(writes.length, 1);
});
