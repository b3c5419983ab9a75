import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { createClient } from '../../../shared/api/client.ts';
import { quoted } from '../../../shared/words/said.ts';
import { call } from '../../support/nodes/control-server.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { startCertifiedNode } from '../../support/nodes/tls-node.ts';
import { FakeAuthority } from '../../support/parties/fake-authority.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const canary = (what: string): string => `canary-${what}-${randomBytes(6).toString('hex')}`;

test('the diagnostic report shows the state of the node and none of its secrets', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const client = createClient({ baseUrl: node.control, token: node.node.token, fetch });
  const raw = await new RawPeer('raw.test').listen(t);
  await client.addPeer({ endpoint: raw.url });
  await client.changePeer({ server_name: 'raw.test', reason: 'a note of mine' });
  const room = await client.createRoom({ name: canary('room'), join_rule: 'peers' });
  await raw.call(
    node.url,
    'POST',
    '/join',
    JSON.stringify({ origin_server: 'raw.test', room_id: room.room_id, user_id: '@user:raw.test' }),
  );
  const body = canary('message');
  // A peer that refuses by quoting what it was sent.
  raw.handlers.set('/event', (request) => ({
    status: 400,
    body: { code: 'BAD_REQUEST', message: `I do not like "${request.body.match(/canary[\w-]+/)}" at all` },
  }));
  const { event_id } = await client.postMessage({ room_id: room.room_id, body });
  await until([node], 'the peer has refused it', async () => {
    const { items } = await client.outboxEntries({ destination: 'raw.test' });
    return items.find((entry) => entry.event_id === event_id)?.last_error?.includes(body);
  });
  const passphrase = canary('passphrase');
  await client.exportIdentity({ passphrase });
  await assert.rejects(client.recoverIdentity({ text: canary('text'), passphrase }));
  const bot = await client.addToken({ name: canary('token-name'), user_id: '@a:a.test' });
  const link = await client.makeLoginLink({});
  const code = link.url.split('/').at(-1) ?? '';
  const login = await call(node.control, 'POST', '/login', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  const cookie = /=([^;]+)/.exec(String(login.headers['set-cookie']))?.[1] ?? '';
  const unused = (await client.makeLoginLink({})).url.split('/').at(-1) ?? '';
  const { keys } = JSON.parse(readFileSync(join(node.dataDir, 'identity.json'), 'utf8')) as {
    keys: { seed: string }[];
  };
  const { life } = JSON.parse(readFileSync(join(node.dataDir, 'life.json'), 'utf8')) as { life: string };

  const { file_name, text } = await client.diagnostics({});
  const secrets = [
    body,
    passphrase,
    bot.token,
    node.node.token,
    code,
    cookie,
    unused,
    life,
    room.name,
    ...keys.map((key) => key.seed),
  ];
  for (const secret of secrets) {
    assert.ok(secret.length > 8, 'an empty canary would prove nothing');
    assert.equal(text.includes(secret), false, secret);
  }
  assert.match(file_name, /^a\.test-diagnostics-\d{4}-\d\d-\d\d\.json$/);
  const bundle = JSON.parse(text);
  assert.equal(bundle.version, 'test');
  assert.equal(bundle.status.server_name, 'a.test');
  assert.equal(typeof bundle.schema, 'number');
  assert.equal(bundle.settings.tls, 'off');
  assert.equal(bundle.peers[0].server_name, 'raw.test');
  assert.equal(bundle.peers[0].reason, 'a note of mine');
  assert.ok(bundle.outbox[0].dead > 0);
  const attempt = bundle.recent_attempts.find((one: { event_id: string }) => one.event_id === event_id);
  assert.equal(attempt.status, 400);
  assert.equal(attempt.error, 'It rejected the event as invalid. It says: “[left out]”');
  assert.ok(Array.isArray(bundle.recent_notices));
});

test('an email address quoted by an authority isn’t in the diagnostic report', async (t) => {
  const email = `${canary('mail')}@a.test`;
  const ca = await new FakeAuthority({ clock: systemPorts.clock }).listen(t);
  ca.refuse('/account', {
    status: 400,
    type: 'invalidContact',
    detail: `“${email}” is none,\nsays ”${email}”`,
  });
  const node = await startCertifiedNode(t, {
    tls: {
      mode: 'acme',
      terms_agreed: true,
      names: ['a.test'],
      email,
      challenge: null,
      directory: ca.directory,
      staging: null,
      http: { host: '127.0.0.1', port: 0 },
    },
  });
  const problem = await until([node], 'the refusal', async () => (await node.certificate()).problem);
  assert.ok(problem.includes(email), 'its owner may read it');
  const { text } = await node.api.diagnostics({});
  assert.equal(text.includes(email), false);
  const { status, recent_notices } = JSON.parse(text);
  const said = /doesn’t accept the email address\. .* It says: “\[left out\]”$/;
  assert.match(status.listener.certificate.problem, said);
  assert.match(recent_notices.at(-1).text, said);
});

test('a node without an identity has a diagnostic report too', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test', setUp: false });
  const { file_name, text } = await node.api.diagnostics({});
  assert.match(file_name, /^paracord-node-diagnostics-/);
  assert.equal(JSON.parse(text).status.set_up, false);
});

test('the diagnostic report contains recent warnings', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  node.node.changes.publish({ topic: 'notice', level: 'warning', said: quoted('Something is odd.') });
  const { recent_notices } = JSON.parse((await node.api.diagnostics({})).text);
  assert.equal(recent_notices.at(-1).text, 'Something is odd.');
});
