import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePorts } from '../nodes/free-ports.ts';
import { startProgram } from '../nodes/program.ts';
import { tempDir } from '../temp.ts';
import { packagePath, withoutPackage } from './packages.ts';

export const noKnot = withoutPackage('knot');

/** A real DNS server with one zone, which takes updates signed with one key. */
export interface Knot {
  readonly zone: string;
  readonly server: { readonly host: string; readonly port: number };
  readonly keyName: string;
  /** Base64. */
  readonly key: string;
  readonly resolver: Resolver;
}

export async function startKnot(t: Pick<TestContext, 'after'>, zone = 'home.test'): Promise<Knot> {
  const dir = tempDir(t);
  const [port = 0] = await freePorts(1);
  const [keyName, key] = ['node-key', Buffer.alloc(32, 7).toString('base64')];
  writeFileSync(
    join(dir, `${zone}.zone`),
    [
      `${zone}. 60 SOA ns.${zone}. admin.${zone}. 1 3600 600 86400 60`,
      `${zone}. 60 NS ns.${zone}.`,
      `ns.${zone}. 60 A 127.0.0.1`,
      `old.${zone}. 60 AAAA 2001:db8::1`,
      '',
    ].join('\n'),
  );
  const config = join(dir, 'knot.conf');
  writeFileSync(
    config,
    `server:
  rundir: "${dir}"
  listen: [ 127.0.0.1@${port} ]
log:
  - target: stdout
    any: info
database:
  storage: "${dir}"
key:
  - id: ${keyName}
    algorithm: hmac-sha256
    secret: ${key}
acl:
  - id: may-update
    key: ${keyName}
    action: update
    update-type: [ A, AAAA, TXT ]
zone:
  - domain: ${zone}
    storage: "${dir}"
    file: ${zone}.zone
    acl: may-update
`,
  );
  const knot = await startProgram(packagePath('knot')!, ['-c', config], { ready: /server started/ });
  t.after(() => knot.stop());
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${port}`]);
  return { zone, server: { host: '127.0.0.1', port }, keyName, key, resolver };
}
