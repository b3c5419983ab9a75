import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import type { HostPort } from '../../../main/config.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { AlpnListener } from '../../../main/tls/acme/challenge/alpn-listener.ts';
import { HttpResponder } from '../../../main/tls/acme/challenge/http-responder.ts';
import { listenOn } from '../../../main/tls/acme/challenge/listen-on.ts';
import {
  AlpnResponder,
  acmeProtocol,
  ChallengeBlocked,
} from '../../../main/tls/acme/challenge/responders.ts';
import { OwnKey } from '../../../main/tls/own-key.ts';
import { quoted } from '../../../shared/words/said.ts';
import { tempDir } from '../../support/temp.ts';
import { inEnglish } from '../../support/words.ts';

const proof = (token: string) => ({
  identifier: { type: 'dns', value: 'chat.test' } as const,
  token,
  keyAuthorization: `${token}.thumbprint`,
});

/** A router that always gives the same answer, and the inside port that is mapped right now. */
function fakeChallengePorts(isOpen: boolean) {
  const ports: number[] = [];
  const asked: HostPort[] = [];
  const openChallengePort = async (inside: HostPort) => {
    const { port } = inside;
    asked.push(inside);
    if (isOpen) ports.push(port);
    const close = async () => {
      ports.splice(ports.indexOf(port), isOpen ? 1 : 0);
    };
    return { isOpen, said: quoted('So the router said.'), byHand: true, close };
  };
  return { openChallengePort, ports, asked };
}

test('HTTP-01 is answered during a verification only, and nothing else is answered there', async () => {
  const { openChallengePort, ports } = fakeChallengePorts(true);
  const responder = new HttpResponder({ address: { host: '127.0.0.1', port: 0 }, openChallengePort });
  const [one, two] = await Promise.all([responder.publish(proof('one')), responder.publish(proof('two'))]);
  assert.equal(ports.length, 1, 'one listener for both');
  const [port] = ports;
  assert.equal(inEnglish(one.place), `port ${port} on 127.0.0.1`);
  assert.equal(inEnglish(one.challengePort?.said), 'So the router said.');
  const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
  const answer = await ask('/.well-known/acme-challenge/one');
  assert.deepEqual([answer.status, await answer.text()], [200, 'one.thumbprint']);
  for (const [path, method] of [
    ['/', 'GET'],
    ['/.well-known/acme-challenge/', 'GET'],
    ['/.well-known/acme-challenge/three', 'GET'],
    ['/.well-known/acme-challenge/one?', 'GET'],
    ['/.well-known/acme-challenge/__proto__', 'GET'],
    ['/_paracord/federation/v1/keys', 'GET'],
    ['/.well-known/acme-challenge/one', 'POST'],
  ] as const) {
    const refused = await ask(path, method);
    assert.deepEqual([refused.status, await refused.text()], [404, ''], `${method} ${path}`);
    assert.deepEqual([...refused.headers.keys()].sort(), ['connection', 'transfer-encoding'], path);
  }
  await one.withdraw();
  assert.equal((await ask('/.well-known/acme-challenge/one')).status, 404);
  assert.equal(ports.length, 1);
  await two.withdraw();
  assert.equal(ports.length, 0, 'the port is closed with the last proof');
  await assert.rejects(ask('/.well-known/acme-challenge/two'));
});

test('a port that another program uses is reported with what to do; the router is not asked for a port the owner chose', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const { openChallengePort, ports } = fakeChallengePorts(true);
  const responder = new HttpResponder({ address: { host: '127.0.0.1', port }, openChallengePort });
  await assert.rejects(responder.publish(proof('one')), (error) => {
    assert.ok(error instanceof ChallengeBlocked);
    assert.match(
      error.message,
      new RegExp(`^Another program uses port ${port} on 127\\.0\\.0\\.1, .*Stop that program`),
    );
    return true;
  });
  assert.equal(ports.length, 0);
  other.close();
  await once(other, 'close');
  await (await responder.publish(proof('one'))).withdraw();
});

/** Makes port 80 unavailable: it is in use, or only for administrators. */
async function withoutPort80(t: TestContext): Promise<void> {
  const other = createTcpServer();
  t.after(() => other.close());
  await new Promise<void>((resolve) => {
    other.once('error', () => resolve());
    other.listen(80, '0.0.0.0', resolve);
  });
}

test('without port 80, port 8402 answers, whether the router or the owner forwards port 80 to it', async (t) => {
  await withoutPort80(t);
  for (const isOpen of [true, false]) {
    const { openChallengePort, asked } = fakeChallengePorts(isOpen);
    const published = await new HttpResponder({ address: null, openChallengePort }).publish(proof('one'));
    assert.deepEqual(
      asked.map(({ port }) => port),
      [8402],
    );
    assert.equal(inEnglish(published.place), 'port 8402 of this computer');
    assert.match(
      inEnglish(published.instead),
      /^(Another program uses|Only administrators may use) port 80 of this computer, so .* on port 8402\.$/,
    );
    assert.equal(inEnglish(published.challengePort?.said), 'So the router said.');
    const url = 'http://127.0.0.1:8402/.well-known/acme-challenge/one';
    assert.equal(await (await fetch(url)).text(), 'one.thumbprint');
    await published.withdraw();
    await assert.rejects(fetch(url));
  }
});

test('if neither port is available, the message names both', async (t) => {
  await withoutPort80(t);
  const other = createTcpServer().listen(8402, '0.0.0.0');
  await once(other, 'listening');
  t.after(() => other.close());
  const { openChallengePort, asked } = fakeChallengePorts(true);
  await assert.rejects(
    new HttpResponder({ address: null, openChallengePort }).publish(proof('one')),
    (error) => {
      assert.ok(error instanceof ChallengeBlocked);
      assert.match(
        error.message,
        / use(?:s)? port 80 of this computer, .*Another program uses port 8402 of this computer/,
      );
      return true;
    },
  );
  assert.equal(asked.length, 0);
});

const ipv6Missing = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1')
  ? false
  : 'this computer has no IPv6';

test('an authority that connects over IPv6 is answered like one that connects over IPv4', {
  skip: ipv6Missing,
}, async (t) => {
  await withoutPort80(t);
  const http = await new HttpResponder({ address: null, ...fakeChallengePorts(true) }).publish(proof('one'));
  for (const host of ['127.0.0.1', '[::1]']) {
    const answer = await fetch(`http://${host}:8402/.well-known/acme-challenge/one`);
    assert.equal(await answer.text(), 'one.thumbprint', host);
  }
  await http.withdraw();
  const { alpnListener, ports } = listenerFor(t, null);
  const published = await alpnListener.publish(proof('one'));
  for (const host of ['127.0.0.1', '::1'])
    assert.equal((await handshake(ports[0] ?? 0, [acmeProtocol], host)).alpn, acmeProtocol, host);
  await published.withdraw();
});

test('a computer without IPv6 listens on IPv4, and other errors are reported as they are', async (t) => {
  const says = (code: string) =>
    new (class extends Server {
      override listen(...given: unknown[]): this {
        const [{ host, port }, heard] = given as [HostPort, () => void];
        if (host !== '::') return super.listen({ host, port }, heard);
        queueMicrotask(() => this.emit('error', Object.assign(new Error(code), { code })));
        return this;
      }
    })();
  for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL']) {
    const server = says(code);
    t.after(() => server.close());
    const { host, port } = await listenOn(server, { host: '::', port: 0 });
    assert.equal(host, '0.0.0.0');
    assert.equal((server.address() as AddressInfo).port, port);
  }
  await assert.rejects(listenOn(says('EACCES'), { host: '::', port: 0 }), { code: 'EACCES' });
});

/** The certificate shown to a client that offers these protocols; rejects when the handshake fails. */
function handshake(
  port: number,
  protocols: string[],
  host = '127.0.0.1',
): Promise<{ alpn: string | false | null; names: string | undefined }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    alpn: string | false | null;
    names: string | undefined;
  }>();
  const socket: TLSSocket = connect(
    { port, host, servername: 'chat.test', rejectUnauthorized: false, ALPNProtocols: protocols },
    () => {
      resolve({ alpn: socket.alpnProtocol, names: socket.getPeerCertificate().subjectaltname });
      socket.destroy();
    },
  );
  socket.on('error', reject);
  return promise;
}

function listenerFor(t: TestContext, publicPort: number | null, isOpen = true) {
  const { openChallengePort, ports, asked } = fakeChallengePorts(isOpen);
  const alpn = new AlpnResponder(systemPorts.clock);
  const ownKey = new OwnKey(tempDir(t));
  const alpnListener = new AlpnListener({
    alpn,
    ports: () => ({ listen: 8448, public: publicPort }),
    pair: () => ownKey.selfSigned(systemPorts.clock.now()),
    openChallengePort,
  });
  return { alpnListener, alpn, ports, asked };
}

test('on another port than 443, TLS-ALPN-01 has its own listener, which serves only the authority', async (t) => {
  const { alpnListener, ports } = listenerFor(t, null);
  const published = await alpnListener.publish(proof('one'));
  const port = ports[0] ?? 0;
  assert.equal(inEnglish(published.place), 'the federation listener (port 8448 of this computer)');
  assert.deepEqual(await handshake(port, [acmeProtocol]), { alpn: acmeProtocol, names: 'DNS:chat.test' });
  await assert.rejects(handshake(port, ['http/1.1']));
  await published.withdraw();
  assert.equal(ports.length, 0);
  await assert.rejects(handshake(port, [acmeProtocol]), { code: 'ECONNREFUSED' });
});

test('TLS-ALPN-01 doesn’t ask the router if peers use port 443, and doesn’t listen elsewhere if the router refuses', async (t) => {
  const at443 = listenerFor(t, 443);
  const direct = await at443.alpnListener.publish(proof('one'));
  assert.deepEqual([direct.challengePort, at443.asked.length], [null, 0]);
  await direct.withdraw();

  const shut = listenerFor(t, 8448, false);
  const published = await shut.alpnListener.publish(proof('one'));
  assert.equal(inEnglish(published.challengePort?.said), 'So the router said.');
  await assert.rejects(handshake(shut.asked[0]?.port ?? 0, [acmeProtocol]), { code: 'ECONNREFUSED' });
  await published.withdraw();
});

test('a failed address validation leaves nothing behind', async (t) => {
  const { alpn } = listenerFor(t, null);
  let begun = 0;
  const alpnListener = new AlpnListener({
    alpn,
    openChallengePort: async () => null,
    ports: () => ({ listen: 8448, public: null }),
    pair: async () => {
      begun++;
      return { cert: 'no certificate', key: 'no key' };
    },
  });
  const unprovable = { ...proof('one'), identifier: { type: 'ip', value: 'no address' } as const };
  await assert.rejects(alpnListener.publish(unprovable));
  assert.equal(begun, 0, 'nothing listens for what cannot be shown');
  await assert.rejects(alpnListener.publish(proof('one')));
  assert.equal(begun, 1);
  assert.equal(alpn.answer({ setKeyCert() {} } as unknown as TLSSocket, 'chat.test'), false);
});
