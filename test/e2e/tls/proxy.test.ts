import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { proxyPrograms } from '../../../shared/api/proxy-snippets.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { withoutPackage } from '../../support/daemons/packages.ts';
import { startProxy } from '../../support/daemons/proxy.ts';
import { freePorts } from '../../support/nodes/free-ports.ts';
import { type CertifiedNode, startCertifiedNode } from '../../support/nodes/tls-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

for (const program of proxyPrograms) {
  const skip = withoutPackage(program);

  test(`two nodes behind ${program} federate, with the snippet exactly as printed`, { skip }, async (t) => {
    const { a, b } = await behind(t, program);
    const added = await a.node.api.addPeer({ endpoint: b.address });
    assert.equal(added.tls_sha256, null, 'the proxy’s certificate is trusted, not pinned');
    await b.node.api.addPeer({ endpoint: a.address });
    const room = await a.node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
    await b.node.api.joinRoom({ room_id: room.room_id });
    const long = 'long '.repeat(200_000);
    await b.node.api.postMessage({ room_id: room.room_id, body: long });
    const [item] = await until(
      [a.node, b.node],
      'the message',
      async () =>
        (await a.node.api.timeline({ room_id: room.room_id })).items.length === 1 &&
        (await a.node.api.timeline({ room_id: room.room_id })).items,
    );
    assert.equal(item?.body, long);
    const check = await a.node.api.checkPeer({ server_name: 'b.test' });
    assert.deepEqual(
      check.steps.filter(({ result }) => result !== 'ok'),
      [],
    );
  });

  test(`signed requests pass ${program} unchanged, and refusals come from the node itself`, {
    skip,
  }, async (t) => {
    const { a } = await behind(t, program);
    const peer = await new RawPeer('raw.test').listen(t);
    await a.node.api.addPeer({ endpoint: peer.url });
    const paths = [
      '/event/%24a%2Fb%3Ac.test',
      '/event/$a:b.test',
      '/events?room_id=%21r%3Aa.test&since_depth=0&limit=5',
      '/events?room_id=!r:a.test&x=%20a+b&y=%7E~',
      '//event//x',
      '/event/%C3%BC?',
    ];
    for (const path of paths) {
      const [direct, proxied] = [
        await peer.call(a.node.url, 'GET', path),
        await peer.call(a.address, 'GET', path),
      ];
      assert.deepEqual([proxied.status, proxied.body.code], [direct.status, direct.body.code], path);
      assert.notEqual(proxied.body.code, 'BAD_SIGNATURE', path);
      assert.ok(![401, 403, 502].includes(proxied.status) || proxied.status === direct.status, path);
    }
    // As long as anything we read. A longer body is cut off while it arrives, which a proxy may notice first.
    const longest = 'x'.repeat(limits.bodyBytesMax);
    const [direct, proxied] = [
      await peer.call(a.node.url, 'POST', '/event', longest),
      await peer.call(a.address, 'POST', '/event', longest),
    ];
    assert.deepEqual([proxied.status, proxied.body], [direct.status, direct.body]);
    assert.equal(typeof proxied.body.code, 'string', 'in our words');
  });
}

async function behind(t: TestContext, program: (typeof proxyPrograms)[number]) {
  const ports = await freePorts(2);
  const sides = await Promise.all(
    ['a.test', 'b.test'].map(async (name, i) => {
      const address = `https://localhost:${ports[i]}`;
      return {
        address,
        node: await startCertifiedNode(t, { name, tls: { mode: 'off' }, publicUrl: address }),
      };
    }),
  );
  const sites = sides.map(({ address, node }) => ({
    publicHost: new URL(address).host,
    upstream: new URL(node.url).host,
  }));
  const { ca } = await startProxy(t, program, sites);
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, ca]);
  t.after(() => setDefaultCACertificates(before));
  const [a, b] = sides as [Side, Side];
  return { a, b };
}

interface Side {
  readonly address: string;
  readonly node: CertifiedNode;
}
