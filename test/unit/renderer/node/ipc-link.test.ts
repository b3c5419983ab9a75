import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIpcLink } from '../../../../renderer/node/ipc-link.ts';
import type { Bridge } from '../../../../shared/api/shell.ts';

test('the window sends what HTTP would carry: known fields, as plain JSON', async () => {
  const sent: unknown[] = [];
  const nothing = () => () => {};
  const bridge: Bridge = {
    node: async (name, input) => {
      // As the bridge does, which takes no proxies.
      sent.push([name, structuredClone(input)]);
      return { ok: true, value: null };
    },
    shell: async () => ({ ok: true, value: null }),
    onChange: nothing,
    onShellChange: nothing,
    onLink: nothing,
  };
  const { api } = createIpcLink(bridge);
  const kept = { room_id: '!1:a.test', body: 'hello', key: '1', tried: false, channel_id: undefined };
  await api.postMessage(kept);
  await api.discardHeld({ server_name: 'b.test', event_ids: new Proxy(['$1:b.test'], {}) });
  assert.deepEqual(sent, [
    ['postMessage', { room_id: '!1:a.test', body: 'hello' }],
    ['discardHeld', { server_name: 'b.test', event_ids: ['$1:b.test'] }],
  ]);
});
