/**
 * The one contract between a node and its callers: command line, console, desktop window, bots. Types, validation, HTTP
 * routes, IPC channels and the OpenAPI document are all derived from this table (docs/protocol/control-api.md). A
 * procedure's input is one object: path parameters plus the query (GET) or the body.
 */
import type * as v from 'valibot';
import { accessContract } from './contract/access.ts';
import { directoryContract } from './contract/directory.ts';
import { filesContract } from './contract/files.ts';
import { messagesContract } from './contract/messages.ts';
import { networkContract } from './contract/network.ts';
import { nodeContract } from './contract/node.ts';
import { outboxContract } from './contract/outbox.ts';
import { pairingContract } from './contract/pairing.ts';
import { peersContract } from './contract/peers.ts';
import { peopleContract } from './contract/people.ts';
import { recoveryContract } from './contract/recovery.ts';
import { roomsContract } from './contract/rooms.ts';

export type { Procedure } from './contract/procedure.ts';

export const contract = {
  ...nodeContract,
  ...networkContract,
  ...peersContract,
  ...pairingContract,
  ...roomsContract,
  ...directoryContract,
  ...messagesContract,
  ...filesContract,
  ...outboxContract,
  ...accessContract,
  ...peopleContract,
  ...recoveryContract,
} as const;

type Contract = typeof contract;
export type ProcedureName = keyof Contract;
export type Input<N extends ProcedureName> = v.InferOutput<Contract[N]['input']>;
export type Output<N extends ProcedureName> = v.InferOutput<Contract[N]['output']>;

/** Every procedure of the contract as a function. */
export type Api = { readonly [N in ProcedureName]: (input: Input<N>) => Promise<Output<N>> };

/** A function for each procedure of a table, made of one that answers any call. */
export function proceduresOf<T extends object>(
  table: Readonly<Record<keyof T, unknown>>,
  call: (name: keyof T & string, input: object) => Promise<unknown>,
): T {
  const names = Object.keys(table) as (keyof T & string)[];
  return Object.freeze(
    Object.fromEntries(names.map((name) => [name, (input: object = {}) => call(name, input)])),
  ) as T;
}
