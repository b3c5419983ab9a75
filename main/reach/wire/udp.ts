import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** UDP to a router, behind an interface so that tests can play the router. */
export type OpenUdp = (options: UdpOptions) => Promise<UdpSocket>;

export interface UdpOptions {
  /** The local address to send from; any address if omitted. */
  readonly address?: string;
  readonly port?: number;
  /** The only remote address. With it, the system reports if nothing listens there, and drops packets from others. */
  readonly connect?: Partner;
  /** A multicast group to listen to, shared with other programs on this computer. */
  readonly joins?: string;
  readonly onMessage: (bytes: Buffer, from: Partner) => void;
  /** The remote computer reported that nothing listens there, or the network is gone. */
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

export interface Partner {
  /** The address, with its scope (`%eth0`) where it needs one. */
  readonly address: string;
  readonly port: number;
}

export interface UdpSocket {
  /** Sends to `to`, or to the connected address. */
  send(bytes: Buffer, to?: Partner): void;
  close(): void;
}

/** Rejects with the system's error if the address or port isn't available. */
export const openUdp: OpenUdp = async (options) => {
  const family = options.address ?? options.connect?.address ?? '';
  const socket = createSocket({
    type: isIPv6(family) ? 'udp6' : 'udp4',
    reuseAddr: options.joins !== undefined,
  });
  socket.unref();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.on('message', (bytes, from) => options.onMessage(bytes, { address: from.address, port: from.port }));
  socket.bind({ port: options.port ?? 0, ...(options.address ? { address: options.address } : {}) }, () => {
    try {
      if (options.joins !== undefined) socket.addMembership(options.joins);
      if (options.connect) socket.connect(options.connect.port, options.connect.address, resolve);
      else resolve();
    } catch (error) {
      reject(error);
    }
  });
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    socket.close();
  };
  try {
    await promise;
  } catch (error) {
    close();
    throw error;
  }
  socket.off('error', reject);
  socket.on('error', options.onError);
  return {
    send(bytes, to) {
      if (!isOpen) return;
      const sent = (error: Error | null): void => {
        if (error && isOpen) options.onError(error);
      };
      if (to) socket.send(bytes, to.port, to.address, sent);
      else socket.send(bytes, sent);
    },
    close,
  };
};
