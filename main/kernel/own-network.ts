import { networkInterfaces } from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** The addresses of this computer; null on a system that forbids the question. */
export function ownInterfaces(ask: () => Interfaces = networkInterfaces): Interfaces | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

/** Whether this computer has an address in any network. If the system doesn't say, it is assumed to. */
export function isOnNetwork(ask?: () => Interfaces): boolean {
  const interfaces = ownInterfaces(ask);
  return interfaces === null || Object.values(interfaces).some((all) => all?.some(isUsable) ?? false);
}

/** An address that the system gives itself says nothing about a network. */
const isUsable = ({ internal, address }: { internal: boolean; address: string }): boolean =>
  !internal && !/^(169\.254\.|fe80:)/i.test(address);
