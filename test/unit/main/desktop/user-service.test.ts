import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CommandResult } from '../../../../main/desktop/host.ts';
import { nodeFlags, UserService, unitName } from '../../../../main/desktop/user-service.ts';
import { version } from '../../../../main/start/run-node.ts';
import { root } from '../../../support/electron/packager.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const ok = { isOk: true, output: '' };
const refused = { isOk: false, output: 'Failed to connect to bus\nmore' };

function service(
  t: TestContext,
  {
    answers = {},
    args = [],
    folder = 'data',
  }: { answers?: Record<string, CommandResult>; args?: string[]; folder?: string } = {},
) {
  const dir = tempDir(t);
  const program = join(dir, 'paracord-node');
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  const ran: string[] = [];
  const clock = new VirtualClock();
  const env = { PATH: `relative:/nowhere:${dir}`, XDG_CONFIG_HOME: join(dir, 'config') };
  const dataDir = join(dir, folder);
  const made = new UserService({
    host: {
      env,
      args,
      run: async (command, given) => {
        const line = [command.replace(`${dir}/`, ''), ...given].join(' ');
        ran.push(line);
        const usual = line === 'paracord-node --version' ? { ...ok, output: version } : ok;
        return answers[line] ?? (line.includes('is-active') ? refused : usual);
      },
    },
    dataDir,
    clock,
  });
  const file = join(env.XDG_CONFIG_HOME, 'systemd/user', unitName);
  return { made, ran, clock, env, dir, dataDir, file };
}

test('a server can become a service if the same version of the program is there, and no other service', async (t) => {
  const none = { env: { PATH: '/nowhere' }, args: [], run: async () => ok };
  const without = new UserService({ host: none, dataDir: '/data', clock: new VirtualClock() });
  assert.deepEqual(await without.obstacle(), { kind: 'noProgram' });
  assert.equal(await service(t).made.obstacle(), null);
  for (const [line, answer, why] of [
    ['paracord-node --version', { ...ok, output: '0.0.9' }, { kind: 'otherVersion', found: '0.0.9' }],
    ['systemctl --user show-environment', refused, { kind: 'noSystemd' }],
    ['systemctl is-active --quiet paracord-node.service', ok, { kind: 'otherService' }],
  ] as const)
    assert.deepEqual(await service(t, { answers: { [line]: answer } }).made.obstacle(), why);
});

test('the service starts the program on the same data folder with the node’s own flags, and is there once the node runs', async (t) => {
  const args = ['--listen=127.0.0.1:1', '--no-sandbox', '--data-dir=/elsewhere'];
  const { made, ran, clock, env, dir, dataDir, file } = service(t, { args });
  assert.equal(made.isSetUp, false);
  let isThere = false;
  const started = made.start().then(() => {
    isThere = true;
  });
  await clock.advance(10_000);
  assert.equal(isThere, false, 'its node is still starting');
  execFileSync('mkdir', [dataDir]);
  writeFileSync(join(dataDir, 'control.json'), '{}');
  await clock.advance(250);
  await started;
  assert.deepEqual(ran, ['systemctl --user daemon-reload', `systemctl --user enable --now ${unitName}`]);
  const unit = readFileSync(file, 'utf8').split('\n');
  const command = `"${dir}/paracord-node" "--headless" "--listen=127.0.0.1:1" "--data-dir=${dataDir}"`;
  assert.ok(unit.includes(`ExecStart=${command}`), unit.join('\n'));
  assert.ok(unit.includes(`Environment="PATH=${env.PATH}"`));
  assert.equal(made.isSetUp, true);
  await made.remove();
  assert.deepEqual([made.isSetUp, existsSync(file)], [false, false]);
  assert.deepEqual(ran.slice(2), [
    `systemctl --user disable --now ${unitName}`,
    'systemctl --user daemon-reload',
  ]);
});

test('a service that doesn’t start leaves nothing behind', async (t) => {
  const line = `systemctl --user enable --now ${unitName}`;
  const broken = service(t, { answers: { [line]: refused } });
  await assert.rejects(broken.made.start(), /^Error: Failed to connect to bus$/);
  assert.equal(existsSync(broken.file), false);

  const silent = service(t);
  const started = silent.made.start();
  const rejected = assert.rejects(started, /journalctl --user -u paracord-node-user/);
  await silent.clock.advance(60_000);
  await rejected;
  assert.equal(existsSync(silent.file), false);
  assert.ok(silent.ran.includes(`systemctl --user disable --now ${unitName}`));
});

test('the service stops and restarts as that of the Debian package does', async (t) => {
  const { made, clock, file } = service(t);
  const started = made.start().catch(() => {});
  const lines = (text: string) =>
    text.split('\n').filter((line) => /^(?:Restart|TimeoutStop|NoNew|UMask|LimitNOFILE|Type)/.test(line));
  const unit = lines(readFileSync(file, 'utf8'));
  assert.deepEqual(unit, lines(readFileSync(join(root, 'build/paracord-node.service'), 'utf8')));
  await clock.advance(60_000);
  await started;
});

const hasSystemd = (() => {
  try {
    return execFileSync('systemd-analyze', ['--version']).length > 0;
  } catch {
    return false;
  }
})();

test('systemd accepts the service, whatever is in the path', {
  skip: hasSystemd ? false : 'systemd-analyze is missing; install systemd',
}, async (t) => {
  const { made, clock, file } = service(t, { folder: 'a "b" $HOME 100% \\' });
  const started = made.start().catch(() => {});
  const unit = readFileSync(file, 'utf8');
  assert.match(unit, /a \\"b\\" \$\$HOME 100%% \\\\"$/m);
  const given = { ...process.env, XDG_RUNTIME_DIR: tempDir(t) };
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--user', '--man=no', file], {
    env: given,
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  await clock.advance(60_000);
  await started;
});

test('a path cannot break out of the service', async (t) => {
  const { made, file } = service(t, { folder: 'a\nExecStart=evil' });
  await assert.rejects(made.start(), /control characters/);
  assert.equal(existsSync(file), false);
});

test('a node gets the flags that it knows, each with its value', () => {
  assert.deepEqual(
    nodeFlags([
      ...['--listen', '127.0.0.1:1', '--background', '--tls=off', '--inspect=1', '--new-database'],
      ...['--data-dir', '/x', '--unlock-attempt=1', 'paracord:x'],
    ]),
    ['--listen=127.0.0.1:1', '--tls=off', '--new-database'],
  );
});
