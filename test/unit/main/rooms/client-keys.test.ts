import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { ClientKeys, type Remember, type Written } from '../../../../main/rooms/client-keys.ts';
import { Store } from '../../../../main/store/store.ts';
import { atEnd } from '../../../support/at-end.ts';
import { tempDir } from '../../../support/temp.ts';

const call = { user_id: '@a:a.test', procedure: 'postMessage', room_id: '!1:a.test', target: '' };
const first = { event_id: '$first', message_id: '1' };
const second = { event_id: '$second', message_id: '2' };

function keysOn(t: TestContext) {
  const store = new Store(join(tempDir(t), 'node.db'), systemPorts);
  atEnd(t, () => store.close());
  const keys = new ClientKeys(store.clientKeys, systemPorts.clock);
  /** The copy of a database gets the first call after its key was looked for. */
  const arriveLate = (change: { room_id?: string } = {}) =>
    store.writer.write(() => store.clientKeys.add({ ...call, client_key: 'k', ...first, ...change, at: 1 }));
  const write = async (written: Written, remember: Remember) => {
    await store.writer.write(() => {
      store.meta.put('wrote', written.event_id);
      remember(written);
    });
    return written;
  };
  const repeat = (act: (remember: Remember) => Promise<Written>) =>
    keys.once({ ...call, client_key: 'k' }, act);
  return { store, arriveLate, write, repeat };
}

test('a repeat that learns of the first call only in its own transaction returns what that one wrote', async (t) => {
  const { store, arriveLate, write, repeat } = keysOn(t);
  const answer = await repeat(async (remember) => {
    await arriveLate();
    return write(second, remember);
  });
  assert.deepEqual(answer, first);
  assert.equal(store.meta.get('wrote'), undefined, 'and it writes nothing');
});

test('a repeat that a rule refuses because the first call was carried out returns what that one wrote', async (t) => {
  const { arriveLate, repeat } = keysOn(t);
  const answer = await repeat(async () => {
    await arriveLate();
    throw new Error('already deleted');
  });
  assert.deepEqual(answer, first);
});

test('a late first call that asked for something else is a conflict', async (t) => {
  const { arriveLate, write, repeat } = keysOn(t);
  const answer = repeat(async (remember) => {
    await arriveLate({ room_id: '!2:a.test' });
    return write(second, remember);
  });
  await assert.rejects(answer, { code: 'CONFLICT' });
});

test('a call that fails for itself keeps its error, and its key can be used', async (t) => {
  const { write, repeat } = keysOn(t);
  const broken = new Error('no such room');
  await assert.rejects(
    repeat(async () => {
      throw broken;
    }),
    broken,
  );
  assert.deepEqual(await repeat((remember) => write(second, remember)), second);
});
