import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { federationPrefix, wellKnownPath } from '../../../../shared/protocol/transport.ts';
import { assertError, besiege, footprint, refused } from '../../../support/attack/node.ts';
import { answerIn, answersIn, ask, open, throwAt, written } from '../../../support/attack/socket.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';

const keys = `${federationPrefix}/keys`;
const close = 'Host: a.test\r\nConnection: close\r\n\r\n';

/** Checks that there was no answer, or a refusal: never a 2xx, never a 5xx. */
function assertRefused(text: string, what: string): void {
  for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) assert.match(status ?? '', /^4\d\d$/, what);
}

test('broken percent-escapes are refused with a reason', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  for (const id of [
    '%',
    '%2',
    '%zz',
    '%c0%af',
    '%ff',
    '%u0041',
    '%00',
    '$1%',
    '$1:a.test%0a',
    '%24%31%3a%zz',
  ])
    for (const path of [`/event/${id}`, `/events?room_id=${id}`, `/keys?server_name=${id}`]) {
      const target = federationPrefix + path;
      assertError(await ask(node.url, 'GET', target, []), { status: 401, code: 'UNAUTHORIZED' });
      await refused(siege, { status: 400, proven: true }, () =>
        ask(node.url, 'GET', target, Object.entries(raw.headers('GET', target, ''))),
      );
    }
});

test('odd request targets are answered in JSON or not at all, and never with a 500', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const targets = [
    'http://',
    'http:///',
    'http://[',
    'http://[::1',
    'http://[::1]:x/',
    'http://a:99999999/x',
    'http://a b/',
    'http://%/',
    'http://a%zz/',
    'http://u:p@/',
    'http://xn--/',
    'http://\u00ff/',
    'https://evil.test/',
    'file:///etc/passwd',
    'javascript:1',
    '*',
    '?',
    '#',
    '/#',
    '/?',
    '//',
    '///',
    '//evil.test/keys',
    '/\\',
    '/%2e%2e/',
    '/./',
    `/${'a/'.repeat(5000)}`,
    `/${'%41'.repeat(4000)}`,
    '/\u0001',
    '/a\tb',
    'http://a.test:80:80/',
    'http://a.test:-1/',
    'http://[fe80::1%25eth0]/',
    `http://${'a'.repeat(300)}.test/`,
    'HTTP://A.TEST/',
    'http://a.test\\@evil.test/',
  ];
  for (const target of targets)
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const text = await throwAt(node.url, Buffer.from(`${method} ${target} HTTP/1.1\r\n${close}`, 'latin1'));
      assertRefused(text, target);
      const answer = answerIn(text);
      if (answer.status === 404) assertError(answer, { status: 404, code: 'NOT_FOUND' });
    }
  const absolute = answerIn(await throwAt(node.url, `GET http://a.test${keys} HTTP/1.1\r\n${close}`));
  assert.equal(absolute.status, 200);
  assert.equal(absolute.body.server_name, 'a.test');
});

test('nothing that a client sends comes back as a header', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const injected = '%0d%0aset-cookie:%20a=b%0d%0a%0d%0aHTTP/1.1%20200%20OK';
  for (const target of [
    `/${injected}`,
    `${keys}?server_name=${injected}`,
    `${federationPrefix}/event/${injected}`,
  ]) {
    const text = await throwAt(node.url, `GET ${target} HTTP/1.1\r\n${close}`);
    assert.equal(answerIn(text).headers.get('set-cookie'), null);
    assertRefused(text, target);
  }
  for (const line of [
    'X-Paracord-Origin: a\rb',
    'X-Paracord-Origin: a\u0000b',
    'X Paracord: a',
    ': a',
    ' folded: a',
    'X-A: b\n c',
    'X-\u00ff: a',
  ])
    assertRefused(
      await throwAt(
        node.url,
        Buffer.from(`GET ${keys} HTTP/1.1\r\nHost: a.test\r\n${line}\r\nConnection: close\r\n\r\n`, 'latin1'),
      ).then((text) => (text.includes(' 200 ') ? '' : text)),
      line,
    );
});

test('garbage after a good request ends the connection and nothing else', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const good = `GET ${keys} HTTP/1.1\r\nHost: a.test\r\n\r\n`;
  for (const garbage of [
    '\u0000\u0001\u0002\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000',
    `GET ${keys} HTTP/9.9\r\n\r\n`,
  ]) {
    const line = await open(node.url);
    line.socket.write(good);
    await once(line.socket, 'data');
    line.socket.write(garbage);
    const text = await line.end;
    assert.match(text, /^HTTP\/1\.1 200 /);
    assertRefused(text.slice(1), JSON.stringify(garbage));
  }
  const many = await throwAt(node.url, good.repeat(3), `GET ${keys} HTTP/1.1\r\n${close}`);
  assert.equal(answersIn(many), 4);
});

test('a request whose end can be read in two ways is refused, so nothing can be smuggled behind it', async (t) => {
  const siege = await besiege(t);
  const { node, raw } = siege;
  const inner = `GET ${keys} HTTP/1.1\r\nHost: a.test\r\n\r\n`;
  const head = (...lines: string[]) =>
    `POST ${federationPrefix}/event HTTP/1.1\r\nHost: a.test\r\n${lines.join('\r\n')}\r\n\r\n`;
  const chunked = 'Transfer-Encoding: chunked';
  const before = await footprint(node, [raw]);
  for (const bytes of [
    `${head('Content-Length: 6', chunked)}0\r\n\r\n${inner}`,
    `${head(chunked, 'Content-Length: 6')}0\r\n\r\n${inner}`,
    head('Content-Length: 0', 'Content-Length: 50') + inner,
    head('Content-Length: 0, 50') + inner,
    head('Content-Length: +5') + inner,
    head('Content-Length: 0x5') + inner,
    head('Content-Length: -1') + inner,
    head('Content-Length: 1e3') + inner,
    head('Content-Length : 5') + inner,
    `${head('Transfer-Encoding : chunked')}0\r\n\r\n${inner}`,
    `${head('Transfer-Encoding: xchunked')}0\r\n\r\n${inner}`,
    `${head('Transfer-Encoding: chunked, identity')}0\r\n\r\n${inner}`,
    `${head('Transfer-Encoding:\u000bchunked')}0\r\n\r\n${inner}`,
    `${head(chunked)}fffffffffffffffff\r\n${inner}`,
    `${head(chunked)}-1\r\n${inner}`,
    `${head(chunked)}0x3\r\nabc\r\n0\r\n\r\n${inner}`,
    `${head(chunked)}3;\nx\r\nabc\r\n0\r\n\r\n${inner}`,
    `${head(chunked)}3\nabc\n0\n\n${inner}`,
  ])
    assertRefused(await throwAt(node.url, bytes), JSON.stringify(bytes.slice(60, 160)));
  assert.deepEqual(await footprint(node, [raw]), before);
});

test('a request with an Expect or Upgrade header is answered in JSON', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const join = `${federationPrefix}/join`;
  for (const headers of [
    [['Expect', '100-continue']],
    [['Expect', '200-ok']],
    [['Expect', 'everything']],
    [
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade, close'],
    ],
    [
      ['Upgrade', 'h2c'],
      ['Connection', 'Upgrade, HTTP2-Settings, close'],
    ],
  ] as [string, string][][]) {
    const text = await throwAt(node.url, written('POST', join, [...headers, ['Content-Length', '0']]));
    assertError(answerIn(text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')), {
      status: 401,
      code: 'UNAUTHORIZED',
    });
  }
  const old = await throwAt(node.url, `GET ${keys} HTTP/1.0\r\n\r\n`);
  assert.match(old, /^HTTP\/1\.1 200 /);
  const head = await throwAt(node.url, `HEAD ${keys} HTTP/1.1\r\n${close}`);
  assert.match(head, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/);
  assertRefused(await throwAt(node.url, `CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n`), 'CONNECT');
});

test('a request head that is too large or has too many lines is refused', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  assertRefused(await throwAt(node.url, `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n${close}`), 'target');
  assertRefused(
    await throwAt(node.url, `GET ${keys} HTTP/1.1\r\nX: ${'a'.repeat(100_000)}\r\n${close}`),
    'line',
  );
  const lines = Array.from({ length: 20_000 }, (_, i) => `X-${i}: 1\r\n`).join('');
  assertRefused(await throwAt(node.url, `GET ${keys} HTTP/1.1\r\n${lines}${close}`), 'lines');
  // Headers past the number that is kept must not make a doubled one look single.
  const filler = Array.from({ length: 1500 }, () => 'a:b\r\n').join('');
  const doubled = `X-Paracord-Origin: raw.test\r\n${filler}X-Paracord-Origin: other.test\r\n`;
  assertRefused(
    await throwAt(node.url, `POST ${federationPrefix}/event HTTP/1.1\r\n${doubled}${close}`),
    'many',
  );
});

test('2000 silent connections don’t keep a peer waiting', async (t) => {
  const { node, raw, room } = await besiege(t);
  const silent = await Promise.all(Array.from({ length: 2000 }, () => open(node.url)));
  t.after(() => {
    for (const { socket } of silent) socket.destroy();
  });
  for (const { socket } of silent.slice(0, 1000))
    socket.write(`POST ${federationPrefix}/event HTTP/1.1\r\nX-Slow: `);
  assert.equal((await raw.post(node.url, raw.message(room, 'still served'))).status, 202);
  assert.equal((await fetch(node.url + wellKnownPath)).status, 200);
  assert.equal(silent.filter(({ socket }) => socket.destroyed).length, 0);
});
