import type { Clock } from '../../kernel/ports.ts';
import { decodeAddress } from '../wire/pcp/nat-pmp-wire.ts';
import { announceGroup, announcePort, decodePcpAnnounce } from '../wire/pcp/pcp-wire.ts';
import type { OpenUdp, UdpSocket } from '../wire/udp.ts';

export interface Announcements {
  readonly gateway: string;
  /** The router's clock, taken from one of its answers. */
  note(epochS: number, at: number): void;
  close(): void;
}

/**
 * Listens for announcements of the router that it lost its mappings, or has another address. Anyone in the home network
 * can send such a packet; at worst the router is asked once more. If the port isn't available, we learn about it at the
 * next renewal.
 */
export async function listenForAnnouncements(options: {
  readonly openUdp: OpenUdp;
  readonly clock: Clock;
  readonly gateway: string;
  readonly isCurrent: (address: string) => boolean;
  readonly onNews: () => void;
}): Promise<Announcements> {
  const { openUdp, clock, gateway, isCurrent, onNews } = options;
  let last: Epoch | null = null;
  const note = (epochS: number, at: number): void => {
    last = { epochS, at };
  };
  const hear = (bytes: Buffer): void => {
    const answer = decodeAddress(bytes);
    const address = answer?.kind === 'ok' ? answer : null;
    const epochS = address?.epochS ?? decodePcpAnnounce(bytes)?.epochS;
    if (epochS === undefined) return;
    const now = { epochS, at: clock.now() };
    const isForgotten = last === null || !stillRemembers(last, now);
    last = now;
    if (isForgotten || (address !== null && !isCurrent(address.externalAddress))) onNews();
  };
  let socket: UdpSocket | null = null;
  try {
    socket = await openUdp({
      port: announcePort,
      joins: announceGroup,
      onMessage: (bytes, from) => {
        if (from.address === gateway) hear(bytes);
      },
      onError: () => {},
    });
  } catch {
    socket = null;
  }
  return { gateway, note, close: () => socket?.close() };
}

/** Seconds since a router last lost its mappings, and when it reported them. */
interface Epoch {
  readonly epochS: number;
  readonly at: number;
}

/**
 * Whether the router still has the mappings it had at `before` (RFC 6887 section 8.5): its clock must have advanced at
 * our pace, within a sixteenth and two seconds.
 */
export function stillRemembers(before: Epoch, now: Epoch): boolean {
  const theirs = now.epochS - before.epochS;
  const ours = (now.at - before.at) / 1000;
  if (theirs < -1) return false;
  return ours + 2 >= theirs - theirs / 16 && theirs + 2 >= ours - ours / 16;
}
