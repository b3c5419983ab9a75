import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemPorts } from '../../../../../../main/kernel/ports.ts';
import { Store } from '../../../../../../main/store/store.ts';
import type { MessageRow } from '../../../../../../main/store/tables/rooms/message-store.ts';
import { countedMax } from '../../../../../../main/store/tables/rooms/read-store.ts';
import { tempDir } from '../../../../../support/temp.ts';

const [me, other, room_id] = ['@a:a.test', '@b:b.test', '!1:a.test'];

const messageAt = (seq: number): MessageRow => ({
  seq,
  room_id,
  channel_id: '1',
  event_id: `$${seq}:b.test`,
  sender: other,
  message_key: `b.test/${seq}`,
  depth: seq,
  text_seq: seq,
  edited_at: null,
  deleted: 0,
  shown: 1,
});

test('a channel is counted up to a limit, so a count costs the same after a night and after a year', (t) => {
  const store = new Store(join(tempDir(t), 'node.db'), systemPorts);
  t.after(() => store.close());
  store.rules.rooms.putMember({
    room_id,
    user_id: me,
    server: 'a.test',
    state: 'joined',
    role: 'owner',
    joined_at: 1,
    implicit: 0,
  });
  store.rooms.putChannel({
    room_id,
    channel_id: '1',
    name: 'general',
    position: 0,
    depth: 1,
    event_id: '$c',
  });
  for (let n = 1; n <= countedMax + 5; n++) store.rules.messages.add(messageAt(n));
  assert.equal(store.reads.unread(me, room_id)[0]?.unread, countedMax);
  assert.deepEqual(store.reads.unread(other, room_id), []);
});
