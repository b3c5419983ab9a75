import type { RouterWorld } from '../../../main/reach/mapper/port-mapper.ts';
import { announcePort, pcpPort } from '../../../main/reach/wire/pcp/pcp-wire.ts';
import type { Partner, UdpOptions } from '../../../main/reach/wire/udp.ts';

const refusing: NodeJS.ErrnoException = Object.assign(new Error('read ECONNREFUSED'), {
  code: 'ECONNREFUSED',
});

/** A router in this process that speaks PCP while `speaks` is true, and counts the requests. */
export class FakeRouter {
  readonly gateway = '192.168.1.1';
  localAddress = '192.168.1.2';
  externalAddress = '9.9.9.9';
  /** The port that it grants instead of the one that was requested. */
  port: number | null = null;
  lifetimeS: number | null = null;
  code = 0;
  speaks: 'pcp' | 'nothing' | 'silence' = 'pcp';
  startedAt = 0;
  /** Every MAP request, as received. */
  readonly asked: { readonly port: number; readonly suggested: number; readonly lifetimeS: number }[] = [];
  /** Outside ports by inside port. */
  readonly mappings = new Map<number, number>();
  /** Gets each answer before it is sent, and returns what to send: the answer itself, a changed one, or several. */
  tamper: (answer: Buffer, from: Partner) => readonly (readonly [Buffer, Partner])[] = (answer, from) => [
    [answer, from],
  ];
  readonly #now: () => number;
  #hears: UdpOptions['onMessage'] = () => {};

  constructor(now: () => number) {
    this.#now = now;
    this.startedAt = now();
  }

  restart(): void {
    this.mappings.clear();
    this.startedAt = this.#now();
  }

  /** Announces on its network that it was restarted. */
  announce(from: string = this.gateway): void {
    const bytes = Buffer.alloc(24);
    bytes.set([2, 0x80]);
    bytes.writeUInt32BE(this.#epochS(), 8);
    this.#hears(bytes, { address: from, port: pcpPort });
  }

  readonly world: RouterWorld = {
    findNetwork: async () => ({
      ipv4: { gateway: this.gateway, localAddress: this.localAddress },
      ipv6: null,
    }),
    openUdp: async (options) => {
      if (options.port === announcePort) this.#hears = options.onMessage;
      return { send: (bytes, to) => this.#take(bytes, to ?? options.connect, options), close() {} };
    },
    httpText: async () => {
      throw new Error('no UPnP here');
    },
  };

  #take(bytes: Buffer, to: Partner | undefined, options: UdpOptions): void {
    if (to?.port !== pcpPort || this.speaks === 'silence') return;
    if (this.speaks === 'nothing') options.onError(refusing);
    else if (bytes[0] === 2) {
      for (const [answer, from] of this.tamper(this.#answer(bytes), to)) options.onMessage(answer, from);
    }
  }

  #answer(request: Buffer): Buffer {
    const answer = Buffer.from(request);
    const [port, suggested] = [request.readUInt16BE(40), request.readUInt16BE(42)];
    const lifetimeS = request.readUInt32BE(4);
    this.asked.push({ port, suggested, lifetimeS });
    if (lifetimeS === 0) this.mappings.delete(port);
    else if (this.code === 0) this.mappings.set(port, this.port ?? suggested);
    answer.set([2, 0x81, 0, this.code]);
    answer.writeUInt32BE(this.lifetimeS ?? lifetimeS, 4);
    answer.writeUInt32BE(this.#epochS(), 8);
    answer.fill(0, 12, 24);
    answer.writeUInt16BE(this.port ?? suggested, 42);
    answer.set(this.externalAddress.split('.').map(Number), 56);
    return answer;
  }

  #epochS(): number {
    return Math.floor((this.#now() - this.startedAt) / 1000);
  }
}
