import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIpcLink } from '../../../../renderer/node/ipc-link.ts';
import { speak } from '../../../../renderer/text/text.ts';
import type { Bridge, BridgeAnswer } from '../../../../shared/api/shell.ts';

/** A function of every name. */
const every = (call: (name: string, input: unknown, locale: string) => Promise<BridgeAnswer>): object =>
  new Proxy(
    {},
    {
      get: (_target, name) => (input: unknown, locale: string) => call(String(name), input, locale),
    },
  );

test('the window sends what HTTP would carry: known fields, as plain JSON', async () => {
  const sent: unknown[] = [];
  const nothing = () => () => {};
  const bridge: Bridge = {
    node: every(async (name, input) => {
      // The bridge clones like this, so it takes no proxies.
      sent.push([name, structuredClone(input)]);
      return { ok: true, value: null };
    }) as Bridge['node'],
    shell: every(async () => ({ ok: true, value: null })) as Bridge['shell'],
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

test('each call has the window’s current language', async () => {
  const locales: string[] = [];
  const call = async (_name: string, _input: unknown, locale: string) => {
    locales.push(locale);
    return { ok: true, value: null } as const;
  };
  const nothing = () => () => {};
  const bridge: Bridge = {
    node: every(call) as Bridge['node'],
    shell: every(call) as Bridge['shell'],
    onChange: nothing,
    onShellChange: nothing,
    onLink: nothing,
  };
  const { api, shell } = createIpcLink(bridge);
  await api.status({});
  await speak('de');
  await api.status({});
  await shell?.api.shell({});
  await speak('en');
  assert.deepEqual(locales, ['en', 'de', 'de']);
});
