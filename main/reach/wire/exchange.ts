import { withoutScope } from '../../kernel/ip.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { OpenUdp, Partner, UdpSocket } from './udp.ts';
import { resendUntil } from './waiting.ts';

export interface Exchange<T> {
  readonly from: string;
  readonly to: Partner;
  readonly bytes: Buffer;
  /** After each of these without an answer it is sent again; after the last one nobody is waited for. */
  readonly waitsMs: readonly number[];
  /** `null` for what is no answer to this question; waiting goes on. */
  readonly read: (answer: Buffer) => T | null;
}

/** `nobody`: the other machine says so itself. `silence`: nothing came that was an answer. */
export type Exchanged<T> = { readonly answer: T } | 'nobody' | 'silence';

/**
 * Asks a router by UDP, again and again, until it answers. What comes from another address or port than was asked is
 * not looked at. Rejects only when `signal` is aborted.
 */
export async function exchange<T>(
  ports: { readonly clock: Clock; readonly openUdp: OpenUdp },
  { from, to, bytes, waitsMs, read }: Exchange<T>,
  signal: AbortSignal,
): Promise<Exchanged<T>> {
  const heard = Promise.withResolvers<Exchanged<T>>();
  const partner = withoutScope(to.address);
  let socket: UdpSocket;
  try {
    socket = await ports.openUdp({
      address: from,
      connect: to,
      onMessage(message, sender) {
        if (withoutScope(sender.address) !== partner || sender.port !== to.port) return;
        const answer = read(message);
        if (answer !== null) heard.resolve({ answer });
      },
      onError: () => heard.resolve('nobody'),
    });
  } catch {
    return 'nobody';
  }
  try {
    const send = () => socket.send(bytes);
    return (await resendUntil(ports.clock, { heard: heard.promise, waitsMs, send }, signal)) ?? 'silence';
  } finally {
    socket.close();
  }
}
