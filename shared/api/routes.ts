/** What both ends derive from a procedure's row: where it is reached, and which part of the input travels where. */
import type { Procedure } from './contract.ts';
import { fieldsOf } from './input.ts';

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
