/** The server moves from the app to a service and back, on one data folder. A stand-in plays systemd. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { unitName } from '../../../main/desktop/user-service.ts';
import { version } from '../../../main/start/run-node.ts';
import type { ShellView } from '../../../shared/api/shell.ts';
import { type TestHost, testHost } from '../../support/electron/desktop-host.ts';
import type { StandInOptions } from '../../support/electron/electron-stand-in.ts';
import { setUp, startAgain, value } from '../../support/electron/started-app.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';

/** A host with systemd, whose service runs a real node. `starts`: false if the service fails. */
function hostWithSystemd(t: TestContext, { starts = true, lingers = true } = {}) {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'paracord-node'), '');
  const env = { PATH: dir, XDG_CONFIG_HOME: join(dir, 'config') };
  const ran: string[] = [];
  let running: LocalNode | null = null;
  const host: TestHost = testHost(t, {
    env,
    run: async (_command, args) => {
      ran.push(args.join(' '));
      if (args[0] === '--version') return { isOk: true, output: version };
      if (args[0] === 'is-active') return { isOk: false, output: '' };
      if (args[0] === 'enable-linger') return { isOk: lingers, output: '' };
      if (args[1] === 'enable') {
        if (!starts) return { isOk: false, output: 'Unit is masked.' };
        running = await startLocalNode(t, { name: 'a.test', dataDir: host.dataDir, setUp: false });
        writeFileSync(join(host.dataDir, 'control.json'), '{}');
      }
      if (args[1] === 'disable') await running?.stop();
      return { isOk: true, output: '' };
    },
  });
  const unit = join(env.XDG_CONFIG_HOME, 'systemd/user', unitName);
  return { host, ran, unit, node: () => running ?? assert.fail('the service doesn’t run') };
}

test('the server becomes a service with the same data, and comes back to the app', async (t) => {
  const { host, unit, node } = hostWithSystemd(t);
  const app = await startAgain(host);
  value(await setUp(app));
  const room = value<{ room_id: string }>(
    await app.invoke('node:createRoom', [{ name: 'Kitchen', join_rule: 'invite' }]),
  );
  value(await app.invoke('shell:changeShell', [{ start_at_login: true }]));
  assert.equal(value<ShellView>(await app.invoke('shell:shell', [{}])).offers_service, true);
  value(await app.invoke('shell:becomeService', [{}]));
  assert.equal(await app.exited, 0);
  assert.deepEqual(
    app.did.asked.map(({ message }) => message),
    ['Run your server as a service?', 'Your server runs as a service now'],
  );
  const rooms = await node().api.rooms({});
  assert.deepEqual(
    rooms.items.map(({ room_id }) => room_id),
    [room.room_id],
  );
  assert.ok(existsSync(unit));
  const autostart = join(host.env.XDG_CONFIG_HOME ?? '', 'autostart', 'paracord-node.desktop');
  assert.equal(existsSync(autostart), false, 'the app doesn’t start at login beside the service');

  const no = await startAgain(host, { press: () => 1 });
  assert.equal(await no.exited, 0);
  assert.equal(no.did.asked[0]?.message, 'Your server runs as a service');
  assert.deepEqual([existsSync(unit), host.startedAgain], [true, []]);

  const back = await startAgain(host);
  assert.equal(await back.exited, 0);
  assert.deepEqual([existsSync(unit), host.startedAgain], [false, [host.args]]);
  const again = await startAgain(host);
  assert.equal(value<{ set_up: boolean }>(await again.invoke('node:status', [{}])).set_up, true);
  assert.equal(
    value<ShellView>(await again.invoke('shell:shell', [{}])).offers_start_at_login,
    true,
    'the app may start at login again',
  );
  host.signal();
  await again.exited;
});

test('if the service doesn’t start, the app runs the server again and says why', async (t) => {
  const { host, unit } = hostWithSystemd(t, { starts: false });
  const app = await startAgain(host);
  value(await app.invoke('shell:becomeService', [{}]));
  assert.equal(await app.exited, 1);
  assert.match(app.did.asked.at(-1)?.detail ?? '', /Unit is masked\.$/);
  assert.deepEqual([host.startedAgain, existsSync(unit)], [[host.args], false]);
});

test('the server stays in the app without a yes, or if the service can’t open its keys', async (t) => {
  const cases: [StandInOptions, boolean, string][] = [
    [{ press: () => 1 }, true, 'Run your server as a service?'],
    [
      { press: ({ message }) => (message === 'Run it only while you are logged in?' ? 1 : 0) },
      false,
      'Run it only while you are logged in?',
    ],
  ];
  for (const [options, lingers, asked] of cases) {
    const { host, ran } = hostWithSystemd(t, { lingers });
    const app = await startAgain(host, options);
    value(await app.invoke('shell:becomeService', [{}]));
    assert.equal(app.did.asked.at(-1)?.message, asked);
    assert.equal(
      ran.some((line) => line.includes('enable --now')),
      false,
    );
    value(await app.invoke('node:status', [{}]));
    host.signal();
    await app.exited;
  }

  const { host, ran } = hostWithSystemd(t);
  const app = await startAgain(host);
  value(await setUp(app));
  value(await app.invoke('shell:sealKeys', [{}]));
  const refused = await app.invoke('shell:becomeService', [{}]);
  assert.match(refused.ok === false ? refused.error.message : '', /^The keys of your server are protected/);
  assert.deepEqual(ran, []);
  assert.match(readFileSync(join(host.dataDir, 'identity.json'), 'utf8'), /"sealed"/);
  await turn();
  host.signal();
  await app.exited;
});
