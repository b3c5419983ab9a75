import { ApiError } from '../../shared/api/client.ts';
import {
  type Api,
  contract,
  type Procedure,
  type ProcedureName,
  proceduresOf,
} from '../../shared/api/contract.ts';
import { fieldsOf } from '../../shared/api/input.ts';
import {
  type Bridge,
  type BridgeAnswer,
  confirmedNatively,
  type ShellApi,
  shellContract,
} from '../../shared/api/shell.ts';
import { text } from '../text/text.ts';
import type { DesktopShell, NodeLink } from './node-link.ts';

/** The desktop app's window: everything goes over the bridge that its preload script added. */
export function createIpcLink(bridge: Bridge): NodeLink {
  const shell: DesktopShell = {
    api: over<ShellApi>(shellContract, (name, input) => bridge.shell[name](input, text.locale)),
    onChange: (listener) => bridge.onShellChange(listener),
    onLink: (listener) => bridge.onLink(listener),
  };
  const confirmed: readonly ProcedureName[] = confirmedNatively;
  return {
    api: over<Api>(contract, (name, input) => bridge.node[name](input, text.locale)),
    shell,
    connection: 'open',
    onNews: (listener) => bridge.onChange(listener),
    // The window belongs to the owner, so there is no login.
    loginCommand: async () => null,
    browserId: async () => null,
    logIn: async () => {},
    logOut: async () => {},
    // Notices come in the language of the app, which follows the same setting.
    languageChanged: () => {},
    level: 'machine',
    may: () => true,
    confirms: (name) => confirmed.includes(name),
  };
}

function over<T extends object>(
  table: Readonly<Record<keyof T, Pick<Procedure, 'input'>>>,
  call: (name: keyof T & string, input: unknown) => Promise<BridgeAnswer>,
): T {
  return proceduresOf<T>(table, async (name, input) => unwrap(await call(name, asSent(table[name], input))));
}

/**
 * Returns the input as HTTP would send it: the fields that the procedure knows, as JSON. The app refuses all others,
 * and Svelte's reactive objects can't be cloned over the bridge.
 */
function asSent({ input: schema }: Pick<Procedure, 'input'>, input: object): unknown {
  const known = fieldsOf(schema);
  return JSON.parse(
    JSON.stringify(Object.fromEntries(Object.entries(input).filter(([name]) => known.includes(name)))),
  );
}

function unwrap(answer: BridgeAnswer): unknown {
  if (answer.ok) return answer.value;
  const { status, code, message, details } = answer.error;
  throw new ApiError(status, code, message, details);
}
