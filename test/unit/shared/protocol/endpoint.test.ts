import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AddressNotice, parsePeerOffer, readBody } from '../../../../shared/protocol/bodies.ts';
import { normalizeEndpoint } from '../../../../shared/protocol/endpoint.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';

function said(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    assert.equal(error.code, 'BAD_REQUEST');
    return error.message;
  }
  return 'taken';
}

const writings = [
  ['https://chat.example', 'https://chat.example'],
  ['HTTPS://Chat.Example.:443/', 'https://chat.example'],
  ['http://chat.example:80', 'http://chat.example'],
  ['http://chat.example:443', 'http://chat.example:443'],
  ['https://203.0.113.7:443/_paracord/federation/v1/', 'https://203.0.113.7/_paracord/federation/v1'],
  ['https://chat.example:08448', 'https://chat.example:8448'],
  ['https://chat.example:', 'https://chat.example'],
  ['https://my_node:1', 'https://my_node:1'],
  ['https://[2001:DB8:0:0::0:1]:443', 'https://[2001:db8::1]'],
  ['https://[::ffff:192.0.2.1]', 'https://[::ffff:c000:201]'],
  ['https://[0:0:0:0:0:0:0:0]', 'https://[::]'],
  ['https://[1:0:0:2:0:0:0:3]', 'https://[1:0:0:2::3]'],
  ['https://[1:0:2:3:4:5:6:7]', 'https://[1:0:2:3:4:5:6:7]'],
] as const;

test('an endpoint has one form, however it is written', () => {
  for (const [written, endpoint] of writings) {
    assert.equal(normalizeEndpoint(written), endpoint);
    const url = new URL(written);
    assert.equal((url.origin + url.pathname).replace(/\/+$/, '').replace('example.', 'example'), endpoint);
  }
});

const wrong = [
  ['https://a:99999/_paracord/federation/v1', /port isn’t between 1 and 65535/],
  ['https://a:0', /port isn’t between/],
  ['https://[bad', /host is neither/],
  ['https://[bad]', /host is neither/],
  ['https://[1::2::3]', /host is neither/],
  ['https://[1:2:3]', /host is neither/],
  ['https://[1.2.3.4::]', /host is neither/],
  ['https://[fe80::1%25eth0]', /host is neither/],
  ['https://a:80:80', /host is neither/],
  ['https://', /host is neither/],
  ['https://127.1', /host is neither/],
  ['https://0x7f000001', /host is neither/],
  ['https://a..b', /host is neither/],
  ['https://a b', /host is neither/],
  ['https://bücher.example', /its form for servers is xn--bcher-kva\.example/],
  ['https://\u212aelvin.example', /use its xn-- form/],
  ['https://a%2eb', /host is neither/],
  ['https://me@a', /user name or password/],
  ['https://a?b', /continues after its path/],
  ['https://a/b#c', /continues after its path/],
  ['https://a\\b', /path has parts/],
  ['https://a/../b', /path has parts/],
  ['https://a//b', /path has parts/],
  ['https://a/%2e%2e', /path has parts/],
  ['ftp://a', /doesn’t begin with https/],
  ['chat.example', /doesn’t begin with https/],
  [`https://a/${'a'.repeat(1024)}`, /longer than 1,024 characters/],
] as const;

test('an invalid endpoint is refused with the reason, and in a body with the field', () => {
  const key = 'ab'.repeat(32);
  const offer = { token: 'ab'.repeat(16), server_name: 'a.test', domain: 'a.test' };
  const keys = [{ key_id: 'ed25519:1', public_key: key, valid_until: 1 }];
  for (const [endpoint, says] of wrong) {
    assert.match(
      said(() => normalizeEndpoint(endpoint)),
      says,
      endpoint,
    );
    for (const read of [
      () => readBody(AddressNotice, JSON.stringify({ endpoint })),
      () => parsePeerOffer(JSON.stringify({ ...offer, endpoint, keys })),
    ]) {
      assert.match(said(read), says, endpoint);
      assert.match(said(read), /^Field endpoint: .*[^.]\.$/);
    }
  }
});

test('bodies give endpoints in their one form', () => {
  const notice = readBody(AddressNotice, '{"endpoint":"https://A.test:443/x/"}');
  assert.equal(notice.endpoint, 'https://a.test/x');
});

test('an accepted endpoint is one that a URL parser accepts and leaves unchanged', () => {
  const piece = fc.oneof(
    fc.constantFrom('a', 'B', '.', '..', ':', '/', '[', ']', '::', '@', '%41', '%', '\\', '0', '0x1', '255'),
    fc.constantFrom(
      '443',
      '65536',
      'xn--',
      'xn--zz',
      '-',
      '_',
      'é',
      ' ',
      '\t',
      '?',
      '#',
      '1',
      'ffff',
      '^',
      '|',
    ),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('http://', 'https://', 'https://a', 'https://['),
      fc.array(piece),
      (start, more) => {
        const text = start + more.join('');
        let endpoint: string;
        try {
          endpoint = normalizeEndpoint(text);
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
          return;
        }
        const url = new URL(endpoint);
        assert.equal((url.origin + url.pathname).replace(/\/$/, ''), endpoint);
        assert.equal(normalizeEndpoint(endpoint), endpoint);
        assert.equal(new URL(text).hostname.replace(/\.$/, ''), url.hostname);
      },
    ),
    { numRuns: 3000 },
  );
});

test('an IPv6 address comes out as URLs write it', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      assert.equal(normalizeEndpoint(`https://[${address}]`), new URL(`https://[${address}]`).origin);
    }),
    { numRuns: 2000 },
  );
});
