import { randomInt } from 'node:crypto';
import { connect, isIPv6 } from 'node:net';
import { said } from '../../../shared/words/said.ts';
import type { HostPort } from '../../config.ts';
import { addressBytes, hostPort } from '../../kernel/ip.ts';
import type { Clock } from '../../kernel/ports.ts';
import {
  type Change,
  type DnsAnswer,
  queryBytes,
  readAnswer,
  signed,
  type TsigKey,
  textBytes,
  types,
  updateBytes,
} from '../dns/message.ts';
import { type DnsProvider, NameProblem } from '../provider.ts';
import '../../kernel/connecting.ts';

interface UpdateDeps {
  readonly name: string;
  readonly server: HostPort;
  readonly key: TsigKey;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly signal: AbortSignal;
}

const answerMsMax = 15_000;
const ttlSeconds = 60;

/** A DNS server of the owner, by signed updates over TCP (RFC 2136, 8945). */
export class DnsUpdates implements DnsProvider {
  readonly #deps: UpdateDeps;
  #zone: string | null = null;

  constructor(deps: UpdateDeps) {
    this.#deps = deps;
  }

  async point(address: string | null): Promise<void> {
    const { name } = this.#deps;
    const isSix = address !== null && isIPv6(address);
    const bytes = address === null ? [] : [addressBytes(address).subarray(isSix ? 0 : 12)];
    await this.#update([
      { name, type: 'A', values: isSix ? [] : bytes },
      { name, type: 'AAAA', values: isSix ? bytes : [] },
    ]);
  }

  async outside(): Promise<string | null> {
    return null;
  }

  async prove(text: string | null): Promise<void> {
    const name = `_acme-challenge.${this.#deps.name}`;
    await this.#update([{ name, type: 'TXT', values: text === null ? [] : [textBytes(text)] }]);
  }

  async #update(changes: readonly Change[]): Promise<void> {
    const { key, clock } = this.#deps;
    const zone = await this.#find();
    const { bytes, mac } = signed(
      updateBytes(randomInt(0x10000), zone, ttlSeconds, changes),
      key,
      Math.floor(clock.now() / 1000),
    );
    const answer = await this.#exchange(bytes, { key, mac });
    if (answer.code === 0 && answer.tsigError === 0) return;
    throw new NameProblem(this.#refusal(answer));
  }

  /** The name itself or the nearest one above it for which the server has a zone. */
  async #find(): Promise<string> {
    if (this.#zone !== null) return this.#zone;
    const labels = this.#deps.name.split('.');
    for (let from = 0; from < labels.length; from++) {
      const zone = labels.slice(from).join('.');
      const { answers } = await this.#exchange(queryBytes(randomInt(0x10000), zone, types.SOA), null);
      if (answers.some(({ type, name }) => type === types.SOA && name === zone)) {
        this.#zone = zone;
        return zone;
      }
    }
    throw new NameProblem(said('kept_name.no_zone', { ...this.#where(), name: this.#deps.name }));
  }

  #refusal({ code, tsigError }: DnsAnswer) {
    const where = this.#where();
    if (tsigError === 18) return said('kept_name.bad_time', where);
    if (tsigError !== 0 || code === 9) return said('kept_name.bad_key', where);
    return said('kept_name.update_refused', { ...where, code });
  }

  #where() {
    return { server: serverText(this.#deps.server) };
  }

  async #exchange(
    message: Buffer,
    by: { readonly key: TsigKey; readonly mac: Buffer } | null,
  ): Promise<DnsAnswer> {
    const { server, clock, signal } = this.#deps;
    const bytes = await exchange(server, message, clock, signal).catch((error: NodeJS.ErrnoException) => {
      signal.throwIfAborted();
      const why = error.code ?? error.message;
      throw new NameProblem(said('kept_name.server_silent', { ...this.#where(), why }));
    });
    try {
      const answer = readAnswer(bytes, by);
      if (answer.id !== message.readUInt16BE(0)) throw new RangeError('the answer is for another request');
      return answer;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new NameProblem(said('kept_name.not_dns', this.#where()));
    }
  }
}

/** Writes a server as the owner enters it: without the usual port. */
export const serverText = ({ host, port }: HostPort): string => (port === 53 ? host : hostPort(host, port));

/** One message and its answer, each after its length (RFC 1035, 4.2.2). */
function exchange(
  { host, port }: HostPort,
  message: Buffer,
  clock: Pick<Clock, 'after'>,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let read = Buffer.alloc(0);
    const end = (act: () => void) => {
      stopWaiting();
      signal.removeEventListener('abort', abort);
      socket.destroy();
      act();
    };
    const fail = (error: Error) => end(() => reject(error));
    const abort = () => fail(signal.reason as Error);
    const stopWaiting = clock.after(answerMsMax, () => fail(new Error('ETIMEDOUT')));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('ECONNRESET')));
    socket.once('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      socket.write(Buffer.concat([length, message]));
    });
    socket.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      const length = read.length < 2 ? Number.POSITIVE_INFINITY : read.readUInt16BE(0);
      if (read.length >= length + 2) end(() => resolve(read.subarray(2, length + 2)));
    });
  });
}
