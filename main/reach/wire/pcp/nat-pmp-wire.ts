import { type Said, said } from '../../../../shared/words/said.ts';

/** NAT-PMP, RFC 6886: the older sibling of PCP, on the same port, for IPv4 only. */

const version = 0;
const opcodes = { externalAddress: 0, mapTcp: 2 } as const;
const answerBit = 0x80;

type NatPmpAnswer<T> =
  | ({ readonly kind: 'ok'; readonly epochS: number } & T)
  | { readonly kind: 'refused'; readonly code: number };

export const encodeAddressRequest = (): Buffer => Buffer.from([version, opcodes.externalAddress]);

/** A lifetime of 0 together with a suggested port of 0 ends the mapping. */
export function encodeNatPmpMap(request: {
  readonly internalPort: number;
  readonly suggestedPort: number;
  readonly lifetimeS: number;
}): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(version, 0);
  bytes.writeUInt8(opcodes.mapTcp, 1);
  bytes.writeUInt16BE(request.internalPort, 4);
  bytes.writeUInt16BE(request.suggestedPort, 6);
  bytes.writeUInt32BE(request.lifetimeS, 8);
  return bytes;
}

/** `null` for anything else. A router sends the same packet, unasked, when its address changes. */
export function decodeAddress(bytes: Buffer): NatPmpAnswer<{ readonly externalAddress: string }> | null {
  const code = resultOf(bytes, opcodes.externalAddress);
  if (code === null) return null;
  if (code !== 0) return { kind: 'refused', code };
  if (bytes.length !== 12) return null;
  return { kind: 'ok', epochS: bytes.readUInt32BE(4), externalAddress: bytes.subarray(8).join('.') };
}

export function decodeNatPmpMap(
  bytes: Buffer,
  internalPort: number,
): NatPmpAnswer<{ readonly externalPort: number; readonly lifetimeS: number }> | null {
  const code = resultOf(bytes, opcodes.mapTcp);
  if (code === null) return null;
  // Some routers omit the rest when they refuse.
  if (code !== 0) return { kind: 'refused', code };
  if (bytes.length !== 16 || bytes.readUInt16BE(8) !== internalPort) return null;
  return {
    kind: 'ok',
    epochS: bytes.readUInt32BE(4),
    externalPort: bytes.readUInt16BE(10),
    lifetimeS: bytes.readUInt32BE(12),
  };
}

function resultOf(bytes: Buffer, opcode: number): number | null {
  if (bytes.length < 8 || bytes.length > 16) return null;
  if (bytes.readUInt8(0) !== version || bytes.readUInt8(1) !== (answerBit | opcode)) return null;
  return bytes.readUInt16BE(2);
}

const reasons: Readonly<Record<number, Said>> = {
  1: said('router.why_version'),
  2: said('router.why_off'),
  3: said('router.why_no_internet'),
  4: said('router.why_full'),
  5: said('router.why_no_tcp'),
};

/** Network failure. */
export const natPmpLacksAddress = (code: number): boolean => code === 3;

/** The reason, to follow “the router refused:”. */
export const natPmpReason = (code: number): Said => reasons[code] ?? said('router.why_code', { code });
