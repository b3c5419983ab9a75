import { type Said, said } from '../../../../shared/words/said.ts';
import { addressBytes, addressText } from '../../../kernel/ip.ts';

/** The Port Control Protocol, RFC 6887: bytes of its MAP and ANNOUNCE messages. */

export const pcpPort = 5351;
/** Clients receive announcements here, sent to 224.0.0.1 (PCP section 14.1.2, NAT-PMP section 3.2.1). */
export const announcePort = 5350;
export const announceGroup = '224.0.0.1';
export const pcpNonceBytes = 12;

const version = 2;
const opcodes = { announce: 0, map: 1 } as const;
const answerBit = 0x80;
const headerBytes = 24;
const mapBytes = 60;
const messageBytesMax = 1100;
const tcp = 6;
const success = 0;
const unsupportedVersion = 1;

export interface PcpMapRequest {
  /** 12 random bytes, needed to renew or end the mapping. */
  readonly nonce: Buffer;
  /** The address this computer sends from; the router compares it. */
  readonly clientAddress: string;
  readonly internalPort: number;
  readonly suggestedPort: number;
  /** Has the address family wanted outside; unspecified if either will do. */
  readonly suggestedAddress: string;
  /** 0 ends the mapping. */
  readonly lifetimeS: number;
}

type PcpAnswer =
  | {
      readonly kind: 'granted';
      readonly externalAddress: string;
      readonly externalPort: number;
      readonly lifetimeS: number;
      readonly epochS: number;
    }
  /** `retryAfterS`: how long the router will keep refusing. */
  | { readonly kind: 'refused'; readonly code: number; readonly retryAfterS: number; readonly epochS: number }
  | { readonly kind: 'other-version'; readonly version: number };

export function encodePcpMap(request: PcpMapRequest): Buffer {
  const bytes = Buffer.alloc(mapBytes);
  bytes.writeUInt8(version, 0);
  bytes.writeUInt8(opcodes.map, 1);
  bytes.writeUInt32BE(request.lifetimeS, 4);
  addressBytes(request.clientAddress).copy(bytes, 8);
  request.nonce.copy(bytes, 24, 0, pcpNonceBytes);
  bytes.writeUInt8(tcp, 36);
  bytes.writeUInt16BE(request.internalPort, 40);
  bytes.writeUInt16BE(request.suggestedPort, 42);
  addressBytes(request.suggestedAddress).copy(bytes, 44);
  return bytes;
}

/** `null` if this isn't an answer to this request: malformed, truncated, or someone else's (section 8.3). */
export function decodePcpMap(
  bytes: Buffer,
  asked: Pick<PcpMapRequest, 'nonce' | 'internalPort'>,
): PcpAnswer | null {
  const other = decodeOtherVersion(bytes);
  if (other) return other;
  const header = decodeHeader(bytes, opcodes.map);
  if (!header || bytes.length < mapBytes) return null;
  if (!bytes.subarray(24, 24 + pcpNonceBytes).equals(asked.nonce)) return null;
  if (bytes.readUInt8(36) !== tcp || bytes.readUInt16BE(40) !== asked.internalPort) return null;
  const { code, lifetimeS, epochS } = header;
  if (code !== success) return { kind: 'refused', code, retryAfterS: lifetimeS, epochS };
  return {
    kind: 'granted',
    externalPort: bytes.readUInt16BE(42),
    externalAddress: addressText(bytes.subarray(44, 60)),
    lifetimeS,
    epochS,
  };
}

/** The epoch that a router announces after a start; `null` for anything else. */
export function decodePcpAnnounce(bytes: Buffer): { readonly epochS: number } | null {
  const header = decodeHeader(bytes, opcodes.announce) ?? decodeHeader(bytes, opcodes.map);
  return header && header.code === success ? { epochS: header.epochS } : null;
}

function decodeHeader(
  bytes: Buffer,
  opcode: number,
): { readonly code: number; readonly lifetimeS: number; readonly epochS: number } | null {
  if (bytes.length < headerBytes || bytes.length > messageBytesMax || bytes.length % 4 !== 0) return null;
  if (bytes.readUInt8(0) !== version || bytes.readUInt8(1) !== (answerBit | opcode)) return null;
  return { code: bytes.readUInt8(3), lifetimeS: bytes.readUInt32BE(4), epochS: bytes.readUInt32BE(8) };
}

/**
 * A router that only knows another version: NAT-PMP is version 0 and answers in its own format, which has the result in
 * two bytes (RFC 6886 section 3.5, RFC 6887 section 9).
 */
function decodeOtherVersion(bytes: Buffer): PcpAnswer | null {
  if (bytes.length < 4 || (bytes.readUInt8(1) & answerBit) === 0) return null;
  const theirs = bytes.readUInt8(0);
  if (theirs === version) return null;
  const code = theirs === 0 ? bytes.readUInt16BE(2) : bytes.readUInt8(3);
  return code === unsupportedVersion ? { kind: 'other-version', version: theirs } : null;
}

const reasons: Readonly<Record<number, Said>> = {
  1: said('router.why_version'),
  2: said('router.why_not_allowed_or_taken'),
  3: said('router.why_malformed'),
  4: said('router.why_no_mapping'),
  5: said('router.why_option'),
  6: said('router.why_bad_option'),
  7: said('router.why_no_internet'),
  8: said('router.why_full'),
  9: said('router.why_no_tcp'),
  10: said('router.why_quota'),
  11: said('router.why_port'),
  12: said('router.why_other_address'),
  13: said('router.why_remote'),
};

/** NETWORK_FAILURE. */
export const pcpLacksAddress = (code: number): boolean => code === 7;

/** The reason, to follow “the router refused:”. */
export const pcpReason = (code: number): Said => reasons[code] ?? said('router.why_code', { code });
