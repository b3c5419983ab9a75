import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '../support/at-end.ts';
import { packagePath, withoutPackage } from '../support/daemons/packages.ts';
import { freePorts } from '../support/nodes/free-ports.ts';
import { shareRoom, startLocalNode } from '../support/nodes/local-node.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';

const monitoring = fileURLToPath(new URL('../../build/monitoring/', import.meta.url));
const alerts = join(monitoring, 'alerts.yml');
const skip = withoutPackage('prometheus');

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}
interface Found {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly metric: Record<string, string> }[] };
}

/** A real Prometheus that reads this console five times a second. */
async function prometheus(t: TestContext, target: string): Promise<(path: string) => Promise<Found>> {
  const [port = 0] = await freePorts(1);
  const folder = tempDir(t);
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    `global: { scrape_interval: 200ms, evaluation_interval: 1s }
rule_files: ['${alerts}']
scrape_configs:
  - job_name: paracord-node
    static_configs: [{ targets: ['${new URL(target).host}'] }]
`,
  );
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  const child: ChildProcess = spawn(
    packagePath('prometheus') ?? '',
    [...args, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
    { stdio: 'ignore' },
  );
  atEnd(t, async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return async (path) => (await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()) as Found;
}

test('every plot of the dashboard and every alert rule finds its numbers in a real Prometheus', {
  skip,
}, async (t) => {
  const checked = spawnSync('/usr/bin/promtool', ['check', 'rules', alerts], { encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stderr);
  const [anna, ben] = await Promise.all([
    startLocalNode(t, { name: 'anna.test' }),
    startLocalNode(t, { name: 'ben.test' }),
  ]);
  const room_id = await shareRoom(anna, ben);
  const ask = await prometheus(t, anna.control);
  let said = 0;
  const dashboard = JSON.parse(readFileSync(join(monitoring, 'dashboard.json'), 'utf8')) as Dashboard;
  for (const { title, targets } of dashboard.panels)
    for (const { expr } of targets) {
      const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');
      await until([anna, ben], `numbers for “${title}”`, async () => {
        // Rates need something that happens between two readings.
        await anna.api.postMessage({ room_id, body: `${++said}` });
        await ben.api.postMessage({ room_id, body: `${said}` });
        const found = await ask(`query?query=${encodeURIComponent(query)}`).catch(() => null);
        assert.equal(found?.error, undefined, `${title}: ${query}`);
        return (found?.data?.result.length ?? 0) > 0;
      });
    }
  const rules = JSON.stringify(await ask('rules?type=alert'));
  assert.doesNotMatch(rules, /"health":"err"/);
  const text = await (await fetch(`${anna.control}/metrics`)).text();
  const names = new Set(text.matchAll(/^# TYPE (\S+)/gm).map(([, name]) => name));
  for (const [name] of readFileSync(alerts, 'utf8').matchAll(/paracord_\w+/g))
    assert.ok(names.has(name) || names.has(name.replace(/_(?:count|bucket|sum)$/, '')), name);
});
