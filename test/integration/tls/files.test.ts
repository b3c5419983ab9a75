import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeKey, makeSelfSigned } from '../../../main/tls/x509.ts';
import { certificateFor, type Pair } from '../../support/attack/tls.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { askOver, shownCertificate, startCertifiedNode } from '../../support/nodes/tls-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

function pairFiles(t: TestContext) {
  const dir = tempDir(t);
  const [certFile, keyFile] = [join(dir, 'fullchain.pem'), join(dir, 'privkey.pem')];
  const write = (pair: Partial<Pair>) => {
    if (pair.cert !== undefined) writeFileSync(certFile, pair.cert);
    if (pair.key !== undefined) writeFileSync(keyFile, pair.key);
  };
  return {
    certFile,
    keyFile,
    write,
    tls: { mode: 'files', cert_file: certFile, key_file: keyFile } as const,
    dir,
  };
}

async function lasting(days: number, now = Date.now()): Promise<Pair> {
  const key = await makeKey();
  return { cert: await makeSelfSigned(key, now, days * dayMs), key };
}

test('changed files are loaded while connections stay open', async (t) => {
  const files = pairFiles(t);
  files.write(await certificateFor('one.test'));
  const node = await startCertifiedNode(t, { tls: files.tls });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const before = await askOver(agent, `${node.url}/_paracord/federation/v1/keys`);
  const next = await certificateFor('two.test');
  files.write({ key: next.key });
  files.write({ cert: next.cert });
  await until(
    [node],
    'the other certificate',
    async () => (await shownCertificate(node.port, 'x')).subject.CN === 'two.test',
  );
  const after = await askOver(agent, `${node.url}/_paracord/federation/v1/keys`);
  assert.deepEqual([before.status, after.status, after.reused], [200, 200, true]);
  assert.deepEqual((await node.certificate()).names, ['two.test']);
  assert.deepEqual(
    node.notices.filter((text) => /usable pair/.test(text)),
    [],
    'the moment between the two files is nobody’s business',
  );
});

test('links that are replaced, as by certbot, are followed', async (t) => {
  const clock = new LeapingClock();
  const files = pairFiles(t);
  const link = (version: string, pair: Pair) => {
    for (const [file, text] of [
      [files.certFile, pair.cert],
      [files.keyFile, pair.key],
    ] as const) {
      const real = join(files.dir, `${version}-${text === pair.cert ? 'cert' : 'key'}.pem`);
      writeFileSync(real, text);
      symlinkSync(real, `${file}.new`);
      renameSync(`${file}.new`, file);
    }
  };
  link('1', await certificateFor('one.test'));
  const node = await startCertifiedNode(t, { tls: files.tls, clock });
  link('2', await certificateFor('two.test'));
  await clock.leap(minuteMs);
  assert.equal((await shownCertificate(node.port, 'x')).subject.CN, 'two.test');
});

test('a mismatched pair is refused with a message, and used as soon as it matches', async (t) => {
  const clock = new LeapingClock();
  const files = pairFiles(t);
  files.write(await certificateFor('one.test'));
  const node = await startCertifiedNode(t, { tls: files.tls, clock });
  const next = await certificateFor('two.test');
  files.write({ cert: next.cert });
  await clock.leap(minuteMs);
  const { problem, names } = await node.certificate();
  assert.ok(problem?.includes(files.certFile) && problem.includes(files.keyFile), problem ?? '');
  assert.match(problem ?? '', /don’t form a usable pair: the key doesn’t belong to the certificate\./);
  assert.deepEqual(names, ['one.test']);
  files.write({ key: next.key.slice(0, 60) });
  await clock.leap(minuteMs);
  await clock.leap(minuteMs);
  assert.equal((await shownCertificate(node.port, 'x')).subject.CN, 'one.test');
  const told = () => node.notices.filter((text) => /usable pair/.test(text));
  assert.equal(told().length, 1);
  assert.match(told()[0] ?? '', /The previous certificate stays in use\.$/);
  files.write(next);
  await clock.leap(minuteMs);
  assert.equal((await shownCertificate(node.port, 'x')).subject.CN, 'two.test');
  const healed = await node.certificate();
  assert.ok(!healed.problem?.includes('usable pair'), healed.problem ?? '');
  assert.deepEqual(healed.names, ['two.test']);
});

test('a certificate that nobody renews causes one warning in its last two weeks, and one when it has expired', async (t) => {
  const clock = new LeapingClock();
  const files = pairFiles(t);
  files.write(await lasting(90));
  const node = await startCertifiedNode(t, { tls: files.tls, clock });
  assert.equal((await node.certificate()).problem, null);
  await clock.leap(75 * dayMs);
  assert.deepEqual(node.notices, []);
  await clock.leap(2 * dayMs);
  await clock.leap(dayMs);
  const [near] = node.notices;
  assert.match(
    near ?? '',
    /expires on \w+ \d+, \d{4} and hasn’t been renewed yet\. Renew the files it comes from/,
  );
  assert.deepEqual(node.notices, [near]);
  assert.equal((await node.certificate()).problem, near);
  await clock.leap(30 * dayMs);
  assert.equal(node.notices.length, 2);
  assert.match(node.notices[1] ?? '', /expired on .*Peers that haven’t pinned its key refuse the connection/);
  files.write(await lasting(90, clock.now()));
  await clock.leap(minuteMs);
  assert.equal((await node.certificate()).problem, null);
});

test('the node doesn’t start with an unusable pair of files', async (t) => {
  const files = pairFiles(t);
  const [one, two] = [await certificateFor('one.test'), await certificateFor('two.test')];
  files.write({ cert: one.cert, key: two.key });
  await assert.rejects(startCertifiedNode(t, { tls: files.tls }), /don’t form a usable pair/);
});

test('certificate files missing at the start are reported once, while another certificate is in use', async (t) => {
  const clock = new LeapingClock();
  const files = pairFiles(t);
  const node = await startCertifiedNode(t, { tls: files.tls, clock, bySetting: true });
  for (let minutes = 0; minutes < 3; minutes++) await clock.leap(minuteMs);
  assert.equal(node.notices.length, 1);
  assert.match(
    node.notices[0] ?? '',
    /doesn’t exist.* Until this is fixed, your server presents a certificate of its own\.$/,
  );
  assert.match((await node.certificate()).problem ?? '', /doesn’t exist/);
  files.write(await certificateFor('back.test'));
  await clock.leap(minuteMs);
  assert.deepEqual((await node.certificate()).names, ['back.test']);
  files.write({ key: 'nothing' });
  await clock.leap(minuteMs);
  assert.match(node.notices.at(-1) ?? '', /The previous certificate stays in use\.$/);
});

test('a node whose certificate becomes a pipe keeps answering, and reports it', async (t) => {
  const files = pairFiles(t);
  files.write(await certificateFor('one.test'));
  const node = await startCertifiedNode(t, { tls: files.tls });
  rmSync(files.certFile);
  execFileSync('mkfifo', [files.certFile]);
  await until([node], 'a report', () => node.notices.some((text) => /is a pipe or a device/.test(text)));
  assert.deepEqual((await node.certificate()).names, ['one.test']);
});
