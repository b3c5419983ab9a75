/** The files for two machines (docs/scale.md) have nobody else who reads them before an operator does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withoutPackage } from '../../support/daemons/packages.ts';
import { root, yaml } from '../../support/electron/packager.ts';
import { tempDir } from '../../support/temp.ts';

const folder = `${root}build/two-machines/`;
const read = (name: string): string => readFileSync(folder + name, 'utf8');
const postgres = '/usr/lib/postgresql/15/bin/postgres';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly restart: string;
  readonly network_mode?: string;
}

test('the compose file keeps PostgreSQL off the public address, and no password is in it', () => {
  const { services } = yaml('build/two-machines/compose.yml') as {
    readonly services: Readonly<Record<'database' | 'node', Service>>;
  };
  const { database, node } = services;
  assert.deepEqual(database.ports, [`\${PRIVATE_ADDRESS:?}:5432:5432`]);
  assert.equal(database.environment.POSTGRES_PASSWORD, `\${POSTGRES_PASSWORD:?}`);
  assert.equal(node.environment.PARACORD_NODE_DATABASE, `\${DATABASE_URL:?}`);
  assert.deepEqual([database.restart, node.restart], ['always', 'always']);
  assert.equal(node.network_mode, 'host');
  const { context = '', dockerfile = '' } = node.build ?? {};
  assert.ok(existsSync(join(folder, context, dockerfile)));
  assert.ok(database.volumes.includes('./postgresql.conf:/etc/postgresql.conf:ro'));
});

test('systemd reads the units without a complaint', {
  skip: withoutPackage('systemd'),
}, (t) => {
  const units = tempDir(t);
  // The programs that the units start aren't on this computer.
  const withPrograms = (text: string) => text.replaceAll(/^ExecStart=\S+/gm, 'ExecStart=/bin/true');
  const unit = (path: string, from: string) => writeFileSync(join(units, path), withPrograms(from));
  unit('paracord-node.service', readFileSync(`${root}build/paracord-node.service`, 'utf8'));
  mkdirSync(join(units, 'paracord-node.service.d'));
  unit('paracord-node.service.d/postgresql.conf', read('paracord-node.conf'));
  for (const name of ['paracord-backup.service', 'paracord-backup.timer']) unit(name, read(name));
  for (const name of ['paracord-node.service', 'paracord-backup.timer', 'paracord-backup.service']) {
    const done = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', '--recursive-errors=no', join(units, name)],
      {
        encoding: 'utf8',
      },
    );
    const about = done.stderr.split('\n').filter((line) => line.includes('paracord-'));
    assert.deepEqual([done.status, about], [0, []], done.stderr);
  }
});

test('PostgreSQL accepts its settings, and waits for both disks once the other machine follows', {
  skip: existsSync(postgres) ? false : 'no PostgreSQL 15',
}, (t) => {
  const shipped = read('postgresql.conf');
  const following = join(tempDir(t), 'postgresql.conf');
  writeFileSync(following, shipped.replace('#synchronous_standby_names', 'synchronous_standby_names'));
  const show = (name: string, file: string) => {
    const shown = spawnSync(postgres, ['-C', name, '-D', tempDir(t), `--config-file=${file}`], {
      encoding: 'utf8',
    });
    assert.equal(shown.status, 0, shown.stderr);
    return shown.stdout.trim();
  };
  const settings = {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    wal_level: 'replica',
    synchronous_standby_names: 'FIRST 1 (node_b)',
    wal_log_hints: 'on',
    wal_sender_timeout: '5s',
  };
  for (const [name, value] of Object.entries(settings)) {
    const shown = show(name, following);
    const ms = name === 'wal_sender_timeout' ? '5000' : value;
    assert.ok([value, ms].includes(shown), `${name} is ${shown}`);
  }
  // Otherwise the users and the database could never be created: nobody follows yet.
  assert.equal(show('synchronous_standby_names', `${folder}postgresql.conf`), '');
});
