import { networkInterfaces } from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Whether this computer has an address in any network. Where the system doesn't say, it is assumed to. */
export function isOnNetwork(interfaces: () => Interfaces = networkInterfaces): boolean {
  try {
    return Object.values(interfaces()).some((all) => all?.some(isUsable) ?? false);
  } catch {
    return true;
  }
}

/** An address that the system gives itself says nothing about a network. */
const isUsable = ({ internal, address }: { internal: boolean; address: string }): boolean =>
  !internal && !/^(169\.254\.|fe80:)/i.test(address);
