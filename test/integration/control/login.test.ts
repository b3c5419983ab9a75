import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Logins } from '../../../main/access/logins.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { bearer, call, errorOf, serve } from '../../support/nodes/control-server.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { status } from '../../support/parties/fake-api.ts';

type Served = Awaited<ReturnType<typeof serve>>;

const ours = (url: string) => ({ origin: url, 'sec-fetch-site': 'same-origin' });

async function logIn({ url, logins }: Served): Promise<string> {
  const { code } = logins.makeCode();
  const answer = await call(url, 'POST', '/login', { headers: ours(url), body: JSON.stringify({ code }) });
  assert.equal(answer.status, 200);
  return answer.headers['set-cookie']?.[0] ?? '';
}

const pair = (cookie: string): string => cookie.slice(0, cookie.indexOf(';'));

test('a login link’s code becomes a cookie that no script reads and no other site sends', async (t) => {
  const served = await serve(t, { status: async () => status });
  const cookie = await logIn(served);
  assert.match(
    cookie,
    /^paracord_console_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=2592000$/,
  );
  const headers = { cookie: pair(cookie), 'sec-fetch-site': 'same-origin' };
  assert.equal((await call(served.url, 'GET', '/api/v1/status', { headers })).status, 200);
});

test('two nodes behind forwarded ports have different cookies, whatever their own ports are', async (t) => {
  const { url, logins } = await serve(t);
  const cookieAt = async (port: number) => {
    const host = `127.0.0.1:${port}`;
    const headers = { ...ours(`http://${host}`), host };
    const body = JSON.stringify({ code: logins.makeCode().code });
    const answer = await call(url, 'POST', '/login', { headers, body });
    return answer.headers['set-cookie']?.[0]?.split('=')[0];
  };
  assert.deepEqual(
    [await cookieAt(21901), await cookieAt(21902)],
    ['paracord_console_21901', 'paracord_console_21902'],
  );
});

test('other programs’ cookies on this computer don’t keep the console from opening', async (t) => {
  const { control } = await startLocalNode(t, { name: 'a.test' });
  const cookie = Array.from({ length: 60 }, (_, at) => `other${at}=${'x'.repeat(400)}`).join('; ');
  assert.ok(cookie.length > 20_000);
  assert.equal((await fetch(`${control}/login`, { headers: { cookie } })).status, 200);
});

test('only a hash of a cookie’s content is kept', async (t) => {
  const served = await serve(t);
  const secret = pair(await logIn(served)).split('=')[1] ?? '';
  const [hash] = [...served.sessions.keys()];
  assert.match(hash ?? '', /^[0-9a-f]{64}$/);
  assert.notEqual(hash, secret);
});

const linuxAsRoot = process.platform === 'linux' && process.getuid?.() === 0;

test('a code that others can see works for no other user of the computer, and still for its own', {
  skip: linuxAsRoot ? false : 'becoming another user takes root on Linux',
}, async (t) => {
  const { url, logins } = await serve(t);
  const { code } = logins.makeCode(true);
  const body = JSON.stringify({ code });
  // A shell, because another user may not be able to start our Node.js.
  const stolen = spawn('bash', ['-c', theft], {
    uid: 65_534,
    gid: 65_534,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, PORT: new URL(url).port, BODY: body },
  });
  assert.match(await text(stolen.stdout), /^HTTP\/1\.1 403 /);
  const own = await call(url, 'POST', '/login', { headers: ours(url), body });
  assert.equal(own.status, 200);
  assert.ok(own.headers['set-cookie']);
});

const theft = `exec 3<>/dev/tcp/127.0.0.1/$PORT
printf 'POST /login HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' $PORT \${#BODY} "$BODY" >&3
cat <&3`;

test('a code works once, even for two requests at the same time', async (t) => {
  const { url, logins } = await serve(t);
  const { code } = logins.makeCode();
  const body = JSON.stringify({ code });
  const tries = await Promise.all(
    [1, 2].map(() => call(url, 'POST', '/login', { headers: ours(url), body })),
  );
  assert.deepEqual(tries.map((answer) => answer.status).sort(), [200, 403]);
  const [, refused] = tries.sort((a, b) => a.status - b.status);
  assert.equal(refused?.headers['set-cookie'], undefined);
});

test('invalid, used and incomplete codes get the same answer', async (t) => {
  const { url, logins } = await serve(t);
  const { code } = logins.makeCode();
  await call(url, 'POST', '/login', { headers: ours(url), body: JSON.stringify({ code }) });
  const messages = new Set<string>();
  for (const wrong of [code, code.slice(1), 'x'.repeat(43)]) {
    const answer = await call(url, 'POST', '/login', {
      headers: ours(url),
      body: JSON.stringify({ code: wrong }),
    });
    assert.equal(answer.status, 403);
    messages.add(errorOf(answer).message);
  }
  assert.equal(messages.size, 1);
});

test('a code is too old after 15 minutes, a session after 30 days without use', async () => {
  let now = 1_700_000_000_000;
  const clock = { now: () => now, after: () => () => {} };
  const kept: string[] = [];
  const logins = new Logins(
    {
      all: () => [],
      add: async ({ hash }) => void kept.push(hash),
      used: async () => {},
      remove: async () => {},
    },
    { clock, random: systemPorts.random },
  );
  const late = logins.makeCode();
  now = late.expiresAt;
  await assert.rejects(logins.redeem(late.code), /older than 15 minutes/);
  const secret = await logins.redeem(logins.makeCode().code);
  assert.equal(kept.length, 1);
  now += 29 * 86_400_000;
  assert.equal(logins.check(secret), 'renew');
  assert.equal(logins.check(secret), 'ok');
  now += 31 * 86_400_000;
  assert.equal(logins.check(secret), 'none');
});

test('guessing is cut off after ten tries in a minute', async (t) => {
  const { url, logins } = await serve(t);
  const guess = () => call(url, 'POST', '/login', { headers: ours(url), body: '{"code":"guess"}' });
  for (let i = 0; i < 10; i++) assert.equal((await guess()).status, 403);
  const refused = await guess();
  assert.equal(refused.status, 429);
  const { code } = logins.makeCode();
  const good = await call(url, 'POST', '/login', { headers: ours(url), body: JSON.stringify({ code }) });
  assert.equal(good.status, 200, 'guessing keeps nobody out');
  assert.ok(Number(refused.headers['retry-after']) > 0);
});

test('a page of another site, or of another port on this machine, gets nothing with the owner’s cookie', async (t) => {
  const served = await serve(t, {
    status: async () => status,
    rotateKeys: async () => ({ items: [], next: null }),
  });
  const cookie = pair(await logIn(served));
  const attempts = [
    ['GET', '/api/v1/status', { 'sec-fetch-site': 'cross-site' }],
    ['GET', '/api/v1/status', { 'sec-fetch-site': 'same-site' }],
    ['GET', '/api/v1/stream', { 'sec-fetch-site': 'same-site' }],
    ['POST', '/api/v1/keys/rotate', { 'sec-fetch-site': 'cross-site' }],
    ['POST', '/api/v1/keys/rotate', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
    ['POST', '/api/v1/keys/rotate', { origin: 'https://evil.example' }],
    ['POST', '/api/v1/keys/rotate', { origin: 'null' }],
    ['POST', '/api/v1/keys/rotate', {}],
    ['POST', '/logout', { origin: 'https://evil.example' }],
    ['GET', '/api/v1/status', { host: 'evil.example' }],
  ] as const;
  for (const [method, path, headers] of attempts) {
    const answer = await call(served.url, method, path, { headers: { cookie, ...headers } });
    assert.equal(answer.status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
  }
  assert.deepEqual(served.calls, []);
});

test('a browser is listed by its name, without its hash, and can be logged out by its ID', async (t) => {
  const served = await serve(t, { status: async () => status });
  const headers = { cookie: pair(await logIn(served)), ...ours(served.url) };
  const [browser] = served.logins.list();
  const { browser: id } = JSON.parse((await call(served.url, 'GET', '/login', { headers })).body);
  assert.notEqual(id, browser?.hash.slice(0, 16));
  assert.equal(await served.logins.end('another'), false);
  assert.equal(await served.logins.end(id), true);
  assert.equal((await call(served.url, 'GET', '/api/v1/status', { headers })).status, 401);
  assert.deepEqual(served.logins.list(), []);
});

test('after a logout the cookie no longer works', async (t) => {
  const served = await serve(t, { status: async () => status });
  const headers = { cookie: pair(await logIn(served)), ...ours(served.url) };
  const answer = await call(served.url, 'POST', '/logout', { headers });
  assert.match(answer.headers['set-cookie']?.[0] ?? '', /Max-Age=0/);
  assert.equal((await call(served.url, 'GET', '/api/v1/status', { headers })).status, 401);
  assert.equal(served.sessions.size, 0);
});

test('a valid cookie doesn’t help with a wrong bearer token, nor anything with a wrong cookie', async (t) => {
  const served = await serve(t, { status: async () => status });
  const cookie = pair(await logIn(served));
  const both = { ...bearer, authorization: 'Bearer wrong', cookie, ...ours(served.url) };
  assert.equal((await call(served.url, 'GET', '/api/v1/status', { headers: both })).status, 401);
  const forged = { cookie: `${cookie.split('=')[0]}=${'x'.repeat(43)}`, ...ours(served.url) };
  assert.equal((await call(served.url, 'GET', '/api/v1/status', { headers: forged })).status, 401);
});

test('a login through a TLS proxy sets a cookie that is only sent over TLS', async (t) => {
  const served = await serve(t, {}, { allowedHosts: ['console.example'] });
  const { code } = served.logins.makeCode();
  const answer = await call(served.url, 'POST', '/login', {
    headers: { host: 'console.example', origin: 'https://console.example', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ code }),
  });
  const cookie = answer.headers['set-cookie']?.[0] ?? '';
  assert.match(cookie, /; Secure$/);
  // Renewed by a read, which carries no Origin, it stays so.
  served.clock.advance(2 * 86_400_000);
  const renewed = await call(served.url, 'GET', '/api/v1/status', {
    headers: { host: 'console.example', cookie: pair(cookie), 'sec-fetch-site': 'same-origin' },
  });
  assert.match(renewed.headers['set-cookie']?.[0] ?? '', /; Secure$/);
});

test('a browser’s open streams end when it logs out', async (t) => {
  const served = await serve(t);
  const headers = { cookie: pair(await logIn(served)), ...ours(served.url) };
  const stream = await fetch(`${served.url}/api/v1/stream`, { headers });
  const reader = stream.body?.getReader();
  await reader?.read();
  await call(served.url, 'POST', '/logout', { headers });
  for (;;) if ((await reader?.read())?.done !== false) break;
});

test('through the proxy, the monitoring pages need a login too', async (t) => {
  const served = await serve(t, {}, { allowedHosts: ['console.example'] });
  const through = { host: 'console.example' };
  assert.equal((await call(served.url, 'GET', '/metrics', { headers: through })).status, 401);
  assert.equal(
    (await call(served.url, 'GET', '/metrics', { headers: { ...bearer, ...through } })).status,
    200,
  );
  assert.equal((await call(served.url, 'GET', '/metrics', { headers: {} })).status, 200);
  assert.equal((await call(served.url, 'GET', '/healthz', { headers: through })).status, 200);
});

test('the login page learns the command with this node’s data folder, and nobody elsewhere does', async (t) => {
  const consoleCommand = 'paracord-node console --data-dir /srv/anna';
  const { url } = await serve(t, {}, { consoleCommand, allowedHosts: ['console.example'] });
  const ask = (headers: Record<string, string>) => call(url, 'GET', '/login', { headers });
  assert.deepEqual(JSON.parse((await ask({})).body), { command: consoleCommand, browser: null });
  assert.deepEqual(JSON.parse((await ask({ host: 'console.example' })).body), {
    command: null,
    browser: null,
  });
  assert.equal((await ask({ host: 'evil.example' })).status, 403);
});

test('visitors of a proxy that puts our own address into the Host header are not on this computer', async (t) => {
  const served = await serve(t, {}, { consoleCommand: 'paracord-node console --data-dir /srv/anna' });
  for (const name of ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'])
    for (const path of ['/metrics', '/login', '/healthz'])
      assert.equal(
        (await call(served.url, 'GET', path, { headers: { [name]: '192.0.2.1' } })).status,
        403,
        path,
      );
});
