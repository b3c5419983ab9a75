import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SignedCall } from '../../../../../main/client/federation-client.ts';
import { answerTooLarge, type HttpResult, tooSlow } from '../../../../../main/client/http.ts';
import { tuning } from '../../../../../main/config.ts';
import { createLog } from '../../../../../main/kernel/log.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { Fetching, type Wanted } from '../../../../../main/rooms/files/fetching.ts';
import { FileSpace } from '../../../../../main/rooms/files/file-space.ts';
import { FileFolder } from '../../../../../main/store/file-folder.ts';
import { Store } from '../../../../../main/store/store.ts';
import type { SettingsView } from '../../../../../shared/api/views/node-views.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { tempDir } from '../../../../support/temp.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const wanted = (text: string, origin: string): Wanted => ({
  id: null,
  hash: sha256(text),
  size: text.length,
  roomId: '!1:a.test',
  origin,
});

/** `send` answers for the servers, with 200 unless it says otherwise; `held` are hashes of what somebody may still send. */
function fetchingIn(
  t: TestContext,
  send: (server: string, call: SignedCall) => Promise<HttpResult | undefined>,
  held: ReadonlySet<string> = new Set(),
) {
  const dataDir = tempDir(t);
  const store = new Store(join(dataDir, 'node.db'), systemPorts);
  t.after(() => store.close());
  const folder = new FileFolder(dataDir);
  folder.begin();
  t.mock.method(store.files, 'isNamed', () => true);
  const room = { row: { home: 'a.test' }, servers: new Set<string>() };
  const directory = {
    get: (server_name: string) => ({ server_name, endpoint: `https://${server_name}` }),
    isAllowed: (server: string) => !server.startsWith('blocked'),
    isUs: (server: string) => server === 'a.test',
    answers: () => true,
  };
  const client = {
    async call({ endpoint }: { readonly endpoint: string }, call: SignedCall) {
      const answer = await send(new URL(endpoint).hostname, call);
      return answer ?? { kind: 'answer', status: 200, body: '', headers: {} };
    },
  };
  const holds = (hash: string) => held.has(hash);
  const settings = { get: () => ({ files: tuning.filesDefault }) as SettingsView };
  const fetching = new Fetching({
    store,
    folder,
    space: new FileSpace({ store, folder, settings, holds }),
    registry: { get: () => room } as never,
    keyring: { serverName: 'a.test' },
    directory: directory as never,
    client: client as never,
    uploads: { holds },
    clock: systemPorts.clock,
    log: createLog('silent'),
  });
  t.after(() => fetching.stop());
  return { store, folder, fetching, room };
}

/** There is room for nothing more until the file with this text is gone. */
function fullWith(t: TestContext, folder: FileFolder, text: string): void {
  const { all_mb, spare_mb } = tuning.filesDefault;
  t.mock.method(folder, 'space', async () => ({
    kept: existsSync(folder.pathOf(sha256(text))) ? all_mb * 1_000_000 : 0,
    free: 2 * spare_mb * 1_000_000,
  }));
}

test('a server that sends its files slowly keeps no others waiting', async (t) => {
  const { folder, fetching } = fetchingIn(t, async (server, { sink, signal }) => {
    if (server === 'fast.test') await sink?.(Buffer.from('picture'));
    else await new Promise((resolve) => signal?.addEventListener('abort', resolve));
  });
  for (let n = 0; n < 2 * limits.fileReads.perPeer; n++)
    fetching.bring(wanted(`slow ${n}`, 'slow.test')).catch(() => {});
  await fetching.bring(wanted('picture', 'fast.test'));
  assert.equal(existsSync(folder.pathOf(sha256('picture'))), true);
});

test('copies make room for a new file, but nothing that somebody is about to send', async (t) => {
  const held = new Set([sha256('unsent')]);
  const { folder, fetching } = fetchingIn(
    t,
    async (_, { sink }) => void (await sink?.(Buffer.from('new'))),
    held,
  );
  for (const text of ['unsent', 'copy']) {
    const incoming = await folder.create(text.length);
    await incoming.write(Buffer.from(text));
    await incoming.keep();
  }
  fullWith(t, folder, 'copy');
  await fetching.bring(wanted('new', 'b.test'));
  const isHere = (text: string) => existsSync(folder.pathOf(sha256(text)));
  assert.deepEqual(['unsent', 'copy', 'new'].map(isHere), [true, false, true]);
});

test('a copy that a backup has, too, makes no room on the disk', async (t) => {
  const { folder, fetching } = fetchingIn(t, async (_, { sink }) => void (await sink?.(Buffer.from('new'))));
  const incoming = await folder.create(4);
  await incoming.write(Buffer.from('copy'));
  await incoming.keep();
  const free = tuning.filesDefault.spare_mb * 1_000_000;
  t.mock.method(folder, 'space', async () => ({ kept: 0, free }));
  await assert.rejects(fetching.bring(wanted('new', 'b.test')), /no space/);
  assert.equal(existsSync(folder.pathOf(sha256('new'))), false);
});

test('servers that can’t be asked are not in the way of one that has the file', async (t) => {
  const { fetching, folder, room } = fetchingIn(
    t,
    async (_, { sink }) => void (await sink?.(Buffer.from('cat'))),
  );
  for (let n = 0; n < 20; n++) room.servers.add(`blocked${n}.test`);
  room.servers.add('c.test');
  await fetching.bring(wanted('cat', 'blocked.test'));
  assert.equal(existsSync(folder.pathOf(sha256('cat'))), true);
});

test('a file that is sent while copies make room stays', async (t) => {
  const held = new Set([sha256('unsent')]);
  const { store, folder, fetching } = fetchingIn(
    t,
    async (_, { sink }) => void (await sink?.(Buffer.from('new'))),
    held,
  );
  for (const [seconds, text] of ['copy', 'unsent'].entries()) {
    const incoming = await folder.create(text.length);
    await incoming.write(Buffer.from(text));
    await incoming.keep();
    utimesSync(folder.pathOf(sha256(text)), seconds, seconds);
  }
  const remove = folder.remove.bind(folder);
  t.mock.method(folder, 'remove', async (hash: string) => {
    t.mock.method(store.files, 'isOwn', (other: string) => other === sha256('unsent'));
    held.clear();
    await remove(hash);
  });
  fullWith(t, folder, 'copy');
  await fetching.bring(wanted('new', 'b.test'));
  const isHere = (text: string) => existsSync(folder.pathOf(sha256(text)));
  assert.deepEqual(['copy', 'unsent', 'new'].map(isHere), [false, true, true]);
});

test('a file whose message is deleted on its way goes, unless somebody is about to send it', async (t) => {
  const { store, folder, fetching } = fetchingIn(
    t,
    async (server, { sink }) => void (await sink?.(Buffer.from(server))),
    new Set([sha256('b.test')]),
  );
  t.mock.method(store.files, 'isNamed', () => false);
  for (const server of ['b.test', 'c.test']) await fetching.bring(wanted(server, server));
  const isHere = (text: string) => existsSync(folder.pathOf(sha256(text)));
  assert.deepEqual(['b.test', 'c.test'].map(isHere), [true, false]);
});

test('a file that no message names any more is noted before it has its name, in case this process is killed', async (t) => {
  const { store, folder, fetching } = fetchingIn(
    t,
    async (server, { sink }) => void (await sink?.(Buffer.from(server))),
  );
  t.mock.method(store.files, 'isNamed', () => false);
  t.mock.method(folder, 'remove', async () => {
    throw new Error('killed');
  });
  await assert.rejects(fetching.bring(wanted('b.test', 'b.test')), /killed/);
  assert.deepEqual(store.files.due('', 10), [sha256('b.test')]);
  t.mock.restoreAll();
  t.mock.method(store.files, 'isNamed', () => true);
  await fetching.bring(wanted('c.test', 'c.test'));
  assert.deepEqual(store.files.due('', 10), [sha256('b.test')]);
});

test('files that come and go at once are counted once', async (t) => {
  const { folder } = fetchingIn(t, async () => {});
  const { kept: before } = await folder.space();
  const incoming = await Promise.all([1, 2, 3].map(() => folder.create(4)));
  for (const each of incoming) await each.write(Buffer.from('same'));
  const [hash = ''] = await Promise.all(incoming.map((each) => each.keep()));
  assert.equal((await folder.space()).kept - before, 4);
  await Promise.all([folder.remove(hash), folder.remove(hash)]);
  assert.equal((await folder.space()).kept, before);
});

test('files that are being received count as if they were here', async (t) => {
  const { folder } = fetchingIn(t, async () => {});
  const before = await folder.space();
  const incoming = await folder.create(1_000_000_000);
  await incoming.write(Buffer.alloc(1_000));
  const { kept, free } = await folder.space();
  assert.equal(kept - before.kept, 1_000_000_000);
  assert.ok(before.free - free > 900_000_000, `${before.free - free} bytes less`);
  await incoming.discard();
  assert.equal((await folder.space()).kept, before.kept);
});

const broken = (code: string): HttpResult => ({ kind: 'network', error: quoted(''), code });
const refused = (status: number): HttpResult => ({ kind: 'answer', status, body: '', headers: {} });

test('a broken answer is continued where it broke, and one that crawls only once it is worth it', async (t) => {
  for (const [code, came, asked] of [
    ['ECONNRESET', 3, ['b.test 0', 'b.test 3', 'b.test 6', 'c.test 0']],
    ['ECONNRESET', 0, ['b.test 0', 'c.test 0']],
    [tooSlow, 3, ['b.test 0', 'c.test 0']],
    [answerTooLarge, 3, ['b.test 0', 'c.test 0']],
  ] as const) {
    const calls: string[] = [];
    const { fetching, room } = fetchingIn(t, async (server, { from, sink }) => {
      calls.push(`${server} ${from}`);
      await sink?.(Buffer.from(server === 'b.test' ? 'pic'.slice(0, came) : 'picture of a cat'));
      return server === 'b.test' ? broken(code) : undefined;
    });
    room.servers.add('c.test');
    await fetching.bring(wanted('picture of a cat', 'b.test'));
    assert.deepEqual(calls, asked, `${code} ${came}`);
  }
});

test('the reason why nobody has a file names the server that lied, or that no longer has it', async (t) => {
  const answers: Record<string, () => HttpResult | undefined> = {
    'b.test': () => refused(404),
    'c.test': () => broken('ECONNREFUSED'),
  };
  const { fetching, room } = fetchingIn(t, async (server) => answers[server]?.());
  room.servers.add('c.test');
  const why = async (text: string): Promise<string> =>
    fetching.bring(wanted(text, 'b.test')).then(
      () => 'it came',
      (error: Error) => error.message,
    );
  assert.match(await why('one'), /^b\.test doesn’t have this file any more/);
  answers['b.test'] = () => broken('ECONNREFUSED');
  assert.match(await why('two'), /isn’t here yet/);
  answers['c.test'] = () => broken(answerTooLarge);
  assert.match(await why('three'), /^c\.test sent something else/);
});
