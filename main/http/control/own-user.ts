/**
 * Whether a program of this user of the computer is at the other end of a connection. On a computer with several users,
 * each of them can call the console.
 */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';
import { addressBytes } from '../../kernel/ip.ts';

interface End {
  readonly address: string;
  readonly port: number;
}

const tables = ['/proc/net/tcp', '/proc/net/tcp6'];
const established = '01';
const root = 0;

/**
 * Linux only; elsewhere it is never known. Programs of root count too, because root can do everything anyway, and
 * connections from Windows into its Linux subsystem come from there.
 */
export async function isOwnUser(socket: Socket): Promise<boolean> {
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
  const there = { address: remoteAddress, port: remotePort };
  const here = { address: localAddress, port: localPort };
  if (process.platform !== 'linux' || remoteAddress === '' || localAddress === '') return false;
  const texts = await Promise.all(tables.map((path) => readFile(path, 'latin1').catch(() => '')));
  const user = userOf(texts.join('\n'), there, here);
  return user === root || (user !== null && user === process.getuid?.());
}

/** Finds the user at the end `from` of a connection to `to` in the kernel's tables; null if they don't have it. */
export function userOf(text: string, from: End, to: End): number | null {
  const ends = [4, 16].map((bytes) => ` ${written(from, bytes)} ${written(to, bytes)} ${established} `);
  const line = text.split('\n').find((one) => ends.some((each) => one.includes(each)));
  const user = line?.trim().split(/\s+/)[7];
  return user === undefined ? null : Number(user);
}

/** Writes an address as the kernel does: words of 4 bytes in the order of this machine, then the port. */
function written({ address, port }: End, length: number): string {
  const bytes = addressBytes(address).subarray(-length);
  if (endianness() === 'LE') bytes.swap32();
  return `${bytes.toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}
