import { withoutScope } from '../../kernel/ip.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { OpenUdp, Partner, UdpSocket } from './udp.ts';
import { resendUntil } from './waiting.ts';

interface Exchange<T> {
  readonly from: string;
  readonly to: Partner;
  readonly bytes: Buffer;
  /** After each of these waits without an answer it is sent again; after the last one we give up. */
  readonly waitsMs: readonly number[];
  /** `null` if it doesn't answer this question, so waiting continues. */
  readonly read: (answer: Buffer) => T | null;
}

/** `nobody`: the other computer says that nothing listens there. `silence`: no valid answer came. */
export type Exchanged<T> = { readonly answer: T } | 'nobody' | 'silence';

/**
 * Asks a router over UDP, repeatedly, until it answers. Packets from any other address or port are ignored. Rejects
 * only when `signal` is aborted.
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
