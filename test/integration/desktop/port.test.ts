import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { startDesktop } from '../../../main/desktop/start.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';
import { testHost } from '../../support/electron/desktop-host.ts';
import { standInElectron } from '../../support/electron/electron-stand-in.ts';
import { freePorts } from '../../support/nodes/free-ports.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';

test('if the port is in use and no flag set it, the window still opens and says so', async (t) => {
  const host = testHost(t);
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const before = await startLocalNode(t, { name: 'a.test', dataDir: host.dataDir, bySetting: true });
  const [free = 0] = await freePorts(1);
  await before.api.changeSettings({ port: free });
  await before.stop();
  const taken = createServer().listen(free, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');

  const start = async (args: string[]) => {
    const stand = standInElectron({});
    await startDesktop(stand.electron, { ...host, args });
    return stand;
  };
  const stand = await start(['--control', '127.0.0.1:0']);
  assert.equal(stand.windows.length, 1);
  const status = await stand.invoke('node:status', [{}]);
  assert.ok(status.ok);
  const { listener } = status.value as StatusView;
  assert.match(listener.problem ?? '', new RegExp(`^Port ${free} on .* is in use`));
  host.signal();
  await stand.exited;

  const flagged = await start(['--control', '127.0.0.1:0', '--listen', `127.0.0.1:${port}`]);
  await flagged.exited;
  assert.equal(flagged.windows.length, 0);
});
