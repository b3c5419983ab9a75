/** A row of the contract, and what both ends derive from it: where it is reached, and which part of the input travels where. */
import type * as v from 'valibot';
import { fieldsOf } from '../input.ts';

type Schema = v.GenericSchema;

export interface Procedure<I extends Schema = Schema, O extends Schema = Schema> {
  readonly summary: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; `{name}` is a percent-encoded parameter that the input holds under that name. */
  readonly path: string;
  readonly input: I;
  readonly output: O;
}

export const procedure = <I extends Schema, O extends Schema>(
  method: Procedure['method'],
  path: string,
  summary: string,
  input: I,
  output: O,
): Procedure<I, O> => ({ method, path, summary, input, output });

export const apiPrefix = '/api/v1';

/** Names of the `{parameters}` in the path, in order. */
export function pathParams(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
}

/** Names of every field the input may hold, path parameters among them. */
export const inputFields = (procedure: Procedure): string[] => fieldsOf(procedure.input);

/** The fields that travel in the query (GET) or the JSON body (every other method). */
export function restFields(procedure: Procedure): string[] {
  const inPath = new Set(pathParams(procedure.path));
  return inputFields(procedure).filter((field) => !inPath.has(field));
}

/** GET reads its fields from the query; every other method, DELETE and PUT too, from a JSON body. */
export const readsQuery = (procedure: Procedure): boolean => procedure.method === 'GET';
