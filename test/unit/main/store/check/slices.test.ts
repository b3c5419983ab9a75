import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { divergingRooms, emptiedRooms } from '../../../../../main/store/check/slices.ts';
import { openDatabase } from '../../../../../main/store/database.ts';
import { Store } from '../../../../../main/store/store.ts';
import type { MessageRow } from '../../../../../main/store/tables/rooms/message-store.ts';
import { putEvent } from '../../../../support/put-rows.ts';
import { cast } from '../../../../support/sim/member.ts';
import { Teller } from '../../../../support/sim/told.ts';
import { tempDir } from '../../../../support/temp.ts';

test('a room whose messages are not those of its events is found, and clearing it for a rebuild removes all of them', (t) => {
  const path = join(tempDir(t), 'node.db');
  const store = new Store(path, systemPorts);
  t.after(() => store.close());
  const db = openDatabase(path);
  t.after(() => db.close());
  const event = new Teller().message('1');
  const { room_id, event_id, sender, depth } = event;
  store.rooms.insert({ room_id, home: cast.home, name: 'Lobby', join_rule: 'peers', created_at: 1 });
  const seq = putEvent(store, { envelope: event });
  const row = (at: number): MessageRow => ({
    seq: at,
    room_id,
    channel_id: '1',
    event_id,
    sender,
    depth,
    message_key: `${cast.peer}/${at}`,
    text_seq: at,
    edited_at: null,
    deleted: 0,
    shown: 1,
  });
  assert.deepEqual([divergingRooms(db), emptiedRooms(db)], [[room_id], [room_id]]);
  store.rules.messages.add(row(seq));
  assert.deepEqual([divergingRooms(db), emptiedRooms(db)], [[], []]);
  store.rules.messages.add(row(99));
  assert.deepEqual(divergingRooms(db), [room_id], 'the event of one message is gone');
  store.rules.messages.dropStrays(room_id);
  assert.deepEqual([store.rules.messages.bySeq(seq)?.seq, store.rules.messages.bySeq(99)], [seq, undefined]);
});
