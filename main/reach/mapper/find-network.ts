import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { promisify } from 'node:util';
import { addressKind } from '../../kernel/ip.ts';
import { ownInterfaces } from '../../kernel/own-network.ts';
import {
  type Gateway,
  lastingAddresses,
  type Network,
  parseProcIpv6Route,
  parseProcRoute,
  parseRouteGet,
  parseRoutePrint4,
  parseRoutePrint6,
  type Route,
} from './network.ts';

export type FindNetwork = () => Promise<Network>;
/** This computer's IPv4 address in the network at home, for others in it; `null` if it has none. */
export type FindHome = () => string | null;

const commandMsMax = 3_000;
const run = promisify(execFile);

/** Asks the system. A missing answer, or one in an unknown format, is `null`. */
export const findNetwork: FindNetwork = async () => {
  const [gateway, gatewayV6] = await Promise.all([gateway4(), gateway6()]);
  const [at, atV6] = await Promise.all([gateway && address4(gateway), gatewayV6 && address6(gatewayV6)]);
  const route = (by: Gateway | null, localAddress: string | null): Route | null =>
    by?.address == null || localAddress === null ? null : { gateway: by.address, localAddress };
  return {
    ipv4: route(gateway, at),
    ipv6: route(gatewayV6, atV6),
    line4: gateway?.address === null ? at : null,
    line6: gatewayV6?.address === null ? atV6 : null,
  };
};

/** Networks of this computer only: of containers, virtual machines and VPNs. */
const notAtHome = /^(?:docker|br-|veth|virbr|vmnet|vboxnet|vEthernet|tailscale|utun|tun|tap|wg|zt)/i;

export const findHome: FindHome = () =>
  Object.entries(ownInterfaces() ?? {})
    .filter(([name]) => !notAtHome.test(name))
    .flatMap(([, all = []]) => all)
    .find(({ address, internal }) => !internal && isIPv4(address) && isOfHome(address))?.address ?? null;

/** Excludes link-local: two computers on one cable have it, but so does one whose router doesn't answer. */
const isOfHome = (address: string): boolean =>
  addressKind(address) === 'private' && !address.startsWith('169.254.');

/** Selects a route. No packet goes to this address. */
const farAway = '192.0.2.1';

async function gateway4(): Promise<Gateway | null> {
  if (process.platform === 'linux') return parseProcRoute(await textOf('/proc/net/route'));
  if (process.platform === 'darwin')
    return parseRouteGet(await output('/sbin/route', ['-n', 'get', 'default']));
  if (process.platform === 'win32')
    return parseRoutePrint4(await output('route.exe', ['print', '-4', '0.0.0.0']));
  return null;
}

async function gateway6(): Promise<Gateway | null> {
  if (process.platform === 'linux') return parseProcIpv6Route(await textOf('/proc/net/ipv6_route'));
  if (process.platform === 'darwin')
    return parseRouteGet(await output('/sbin/route', ['-n', 'get', '-inet6', 'default']));
  if (process.platform === 'win32')
    return parseRoutePrint6(await output('route.exe', ['print', '-6', '::/0']));
  return null;
}

const address4 = (gateway: Gateway): Promise<string | null> => addressTowards(gateway.address ?? farAway);

/** Looks up the global address, because a link-local router would select a link-local one. */
async function address6(gateway: Gateway): Promise<string | null> {
  const lasting = process.platform === 'linux' ? lastingAddresses(await textOf('/proc/net/if_inet6')) : null;
  const found = Object.entries(ownInterfaces() ?? {})
    .map(([name, all = []]) => ({ name, all: all.filter(({ address }) => isIPv6(address)) }))
    .filter(
      ({ name, all }) =>
        name === gateway.interface ||
        all.some((one) => 'scopeid' in one && String(one.scopeid) === gateway.interface),
    )
    .flatMap(({ all }) => all.map(({ address }) => address))
    .filter((address) => addressKind(address) === 'public')
    .filter((address) => lasting === null || lasting.has(address));
  const [localAddress] = found;
  return localAddress ?? null;
}

/** The system chooses its own address when a UDP socket is connected; nothing is sent. */
function addressTowards(partner: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (address: string | null): void => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => end(null));
    socket.connect(9, partner, () => end(socket.address().address));
  });
}

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

async function output(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(command, args, { timeout: commandMsMax, windowsHide: true })).stdout;
  } catch {
    return '';
  }
}
