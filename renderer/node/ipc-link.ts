import { ApiError } from '../../shared/api/client.ts';
import { type Api, contract, type ProcedureName } from '../../shared/api/contract.ts';
import {
  type Bridge,
  type BridgeAnswer,
  confirmedNatively,
  type ShellApi,
  shellContract,
} from '../../shared/api/shell.ts';
import type { DesktopShell, NodeLink } from './node-link.ts';

/** The desktop app's window: everything over the bridge that its preload put there. */
export function createIpcLink(bridge: Bridge): NodeLink {
  const shell: DesktopShell = {
    api: procedures<ShellApi>(shellContract, (name, input) => bridge.shell(name, input)),
    onChange: (listener) => bridge.onShellChange(listener),
    onLink: (listener) => bridge.onLink(listener),
  };
  const confirmed: readonly ProcedureName[] = confirmedNatively;
  return {
    api: procedures<Api>(contract, (name, input) => bridge.node(name, input)),
    shell,
    connection: 'open',
    onNews: (listener) => bridge.onChange(listener),
    // The window is the owner's own; there is nothing to log in to.
    logIn: async () => {},
    logOut: async () => {},
    confirms: (name) => confirmed.includes(name),
  };
}

function procedures<T extends object>(
  table: Record<keyof T, unknown>,
  call: (name: keyof T & string, input: unknown) => Promise<BridgeAnswer>,
): T {
  const names = Object.keys(table) as (keyof T & string)[];
  return Object.freeze(
    Object.fromEntries(
      names.map((name) => [name, async (input: unknown) => unwrap(await call(name, input))]),
    ),
  ) as T;
}

function unwrap(answer: BridgeAnswer): unknown {
  if (answer.ok) return answer.value;
  const { status, code, message, details } = answer.error;
  throw new ApiError(status, code, message, details);
}
