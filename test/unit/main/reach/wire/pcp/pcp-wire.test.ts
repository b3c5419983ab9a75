import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeAddress,
  decodeNatPmpMap,
  encodeAddressRequest,
  encodeNatPmpMap,
} from '../../../../../../main/reach/wire/pcp/nat-pmp-wire.ts';
import {
  decodePcpAnnounce,
  decodePcpMap,
  encodePcpMap,
} from '../../../../../../main/reach/wire/pcp/pcp-wire.ts';

const nonce = Buffer.from('000102030405060708090a0b', 'hex');
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** A granted mapping of port 8448 to 203.0.113.7:9000 for an hour, 1000 s after the router started. */
const granted = hex(`
  02 81 00 00  00000e10  000003e8  000000000000000000000000
  000102030405060708090a0b  06 000000  2100  2328  00000000000000000000ffffcb007107`);
const asked = { nonce, internalPort: 8448 };
const altered = (at: number, ...bytes: number[]): Buffer => {
  const copy = Buffer.from(granted);
  for (const [index, byte] of bytes.entries()) copy[at + index] = byte;
  return copy;
};

describe('PCP', () => {
  test('a request for a mapping has the bytes of RFC 6887, sections 7.1 and 11.1', () => {
    const bytes = encodePcpMap({
      nonce,
      clientAddress: '192.168.1.2',
      internalPort: 8448,
      suggestedPort: 9000,
      suggestedAddress: '0.0.0.0',
      lifetimeS: 7200,
    });
    assert.equal(
      bytes.toString('hex'),
      hex(`
        02 01 0000  00001c20  00000000000000000000ffffc0a80102
        000102030405060708090a0b  06 000000  2100  2328  00000000000000000000ffff00000000`).toString('hex'),
    );
  });

  test('a request over IPv6 contains the full addresses', () => {
    const bytes = encodePcpMap({
      nonce,
      clientAddress: '2400:2::2',
      internalPort: 8448,
      suggestedPort: 8448,
      suggestedAddress: '2400:2::2',
      lifetimeS: 0,
    });
    assert.equal(bytes.subarray(4, 24).toString('hex'), `00000000${'24000002'}${'0'.repeat(23)}2`);
    assert.equal(bytes.subarray(44).toString('hex'), `${'24000002'}${'0'.repeat(23)}2`);
  });

  test('an answer gives port, address, lifetime and the router’s clock', () => {
    assert.deepEqual(decodePcpMap(granted, asked), {
      kind: 'granted',
      externalAddress: '203.0.113.7',
      externalPort: 9000,
      lifetimeS: 3600,
      epochS: 1000,
    });
  });

  test('a refusal gives its code and how long it is valid', () => {
    assert.deepEqual(decodePcpMap(altered(3, 2), asked), {
      kind: 'refused',
      code: 2,
      retryAfterS: 3600,
      epochS: 1000,
    });
  });

  test('a router that speaks NAT-PMP only, or a later PCP only, says so', () => {
    assert.deepEqual(decodePcpMap(hex('00 81 0001 00000010'), asked), { kind: 'other-version', version: 0 });
    assert.deepEqual(decodePcpMap(Buffer.concat([hex('03 81 00 01'), granted.subarray(4)]), asked), {
      kind: 'other-version',
      version: 3,
    });
  });

  const foreign: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['three bytes', granted.subarray(0, 3)],
    ['a header without its mapping', granted.subarray(0, 24)],
    ['cut by four bytes', granted.subarray(0, 56)],
    ['of a length that is no multiple of four', Buffer.concat([granted, Buffer.alloc(2)])],
    ['longer than any PCP message', Buffer.concat([granted, Buffer.alloc(1044)])],
    ['a request, not an answer', altered(1, 0x01)],
    ['about PEER', altered(1, 0x82)],
    ['of another version without saying that ours is unknown', altered(0, 1)],
    ['with one bit of the nonce flipped', altered(24, 1)],
    ['about UDP', altered(36, 17)],
    ['about another port', altered(40, 0x21, 0x01)],
  ];
  for (const [what, bytes] of foreign)
    test(`an answer that is ${what} is ignored`, () => assert.equal(decodePcpMap(bytes, asked), null));

  test('options behind the mapping are left alone', () => {
    const withOption = Buffer.concat([granted, hex('fe000004 00000000')]);
    assert.equal(decodePcpMap(withOption, asked)?.kind, 'granted');
  });

  test('an announcement carries the clock of a router that was restarted', () => {
    assert.deepEqual(decodePcpAnnounce(hex('02 80 00 00 00000000 00000005 000000000000000000000000')), {
      epochS: 5,
    });
    assert.equal(decodePcpAnnounce(hex('02 00 00 00 00000000 00000005 000000000000000000000000')), null);
    assert.equal(decodePcpAnnounce(hex('02 80 00 00 00000000 00000005')), null);
  });
});

describe('NAT-PMP', () => {
  test('requests have the bytes of RFC 6886, sections 3.2 and 3.3', () => {
    assert.equal(encodeAddressRequest().toString('hex'), '0000');
    const bytes = encodeNatPmpMap({ internalPort: 8448, suggestedPort: 9000, lifetimeS: 7200 });
    assert.equal(bytes.toString('hex'), '000200002100232800001c20');
  });

  test('answers are read', () => {
    assert.deepEqual(decodeAddress(hex('00 80 0000 000003e8 cb007107')), {
      kind: 'ok',
      epochS: 1000,
      externalAddress: '203.0.113.7',
    });
    assert.deepEqual(decodeNatPmpMap(hex('00 82 0000 000003e8 2100 2328 00000e10'), 8448), {
      kind: 'ok',
      epochS: 1000,
      externalPort: 9000,
      lifetimeS: 3600,
    });
    assert.deepEqual(decodeNatPmpMap(hex('00 82 0002 000003e8'), 8448), { kind: 'refused', code: 2 });
  });

  test('packets that are cut, too long, of another version, about UDP or about another port are ignored', () => {
    for (const text of [
      '',
      '00 82 0000',
      '00 82 0000 000003e8 2100 2328',
      '00 82 0000 000003e8 2100 2328 00000e10 00',
      '01 82 0000 000003e8 2100 2328 00000e10',
      '00 81 0000 000003e8 2100 2328 00000e10',
      '00 02 0000 000003e8 2100 2328 00000e10',
      '00 82 0000 000003e8 2101 2328 00000e10',
    ])
      assert.equal(decodeNatPmpMap(hex(text), 8448), null, text);
  });
});
