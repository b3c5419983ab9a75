import type * as v from 'valibot';

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
