/** A row of the contract, and what both sides derive from it: its address, and which part of the input goes where. */
import type * as v from 'valibot';
import { fieldsOf } from '../input.ts';
import type { Access } from '../roles.ts';

type Schema = v.GenericSchema;

export interface Procedure<I extends Schema = Schema, O extends Schema = Schema> {
  readonly summary: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; `{name}` is a percent-encoded parameter, a field of the input with that name. */
  readonly path: string;
  /** States who may call it, and about what. */
  readonly access: Access;
  readonly input: I;
  readonly output: O;
}

export const procedure = <I extends Schema, O extends Schema>(
  method: Procedure['method'],
  path: string,
  summary: string,
  access: Access,
  input: I,
  output: O,
): Procedure<I, O> => ({ method, path, summary, access, input, output });

export const apiPrefix = '/api/v1';

/** Names of the `{parameters}` in the path, in order. */
export function pathParams(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
}

/** Names of all fields of the input, path parameters included. */
export const inputFields = (procedure: Procedure): string[] => fieldsOf(procedure.input);

/** The fields that travel in the query (GET) or the JSON body (every other method). */
export function restFields(procedure: Procedure): string[] {
  const inPath = new Set(pathParams(procedure.path));
  return inputFields(procedure).filter((field) => !inPath.has(field));
}

/** GET reads its fields from the query; all other methods, including DELETE and PUT, from a JSON body. */
export const readsQuery = (procedure: Procedure): boolean => procedure.method === 'GET';
