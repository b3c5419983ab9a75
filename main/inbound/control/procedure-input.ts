import * as v from 'valibot';
import type { Procedure } from '../../../shared/api/contract.ts';
import { inputFields, readsQuery } from '../../../shared/api/routes.ts';
import { badRequest } from '../../../shared/protocol/errors.ts';

export interface FieldError {
  readonly field: string;
  readonly message: string;
  readonly expected?: string;
}

/** What a request brings, before it is one input. */
export interface RequestParts {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Empty for GET. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * One input of the procedure, as its schema turns it out. Throws BAD_REQUEST with `details.fields` naming each
 * field and what it expects. A field that repeats a path parameter yields to the path.
 */
export function procedureInput(procedure: Procedure, parts: RequestParts): unknown {
  const input: Record<string, unknown> = {
    ...(readsQuery(procedure) ? fromQuery(procedure, parts.query) : fromBody(procedure, parts)),
    ...parts.params,
  };
  const result = v.safeParse(procedure.input, input, { abortPipeEarly: true });
  if (result.success) return result.output;
  throw refusal(result.issues.map((issue) => fieldError(procedure, issue)));
}

/** A reader may send parameters that only other procedures know; reading them wrong harms nobody. */
function fromQuery(procedure: Procedure, query: URLSearchParams): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of inputFields(procedure)) {
    const values = query.getAll(field).filter((value) => value !== '');
    if (values.length > 1) throw refusal([{ field, message: 'expected once in the query' }]);
    if (values[0] !== undefined) input[field] = values[0];
  }
  return input;
}

/** A misspelt field would silently change nothing, or act as somebody else: everything unknown is refused. */
function fromBody(procedure: Procedure, { query, body }: RequestParts): Readonly<Record<string, unknown>> {
  const known = inputFields(procedure);
  const queried = [...new Set(query.keys())];
  if (queried.length > 0) {
    throw refusal(
      queried.map((field) => ({ field, message: 'expected in the JSON body, not in the query' })),
    );
  }
  const unknown = Object.keys(body).filter((field) => !known.includes(field));
  if (unknown.length === 0) return body;
  const expected = known.length > 0 ? known.join(', ') : 'no fields at all';
  throw refusal(
    unknown.map((field) => ({ field, message: `unknown field, expected ${expected}`, expected })),
  );
}

function fieldError(procedure: Procedure, issue: v.BaseIssue<unknown>): FieldError {
  const field = v.getDotPath(issue) ?? 'body';
  const missing = issue.path?.length === 1 && issue.path[0].origin === 'key';
  const message = missing ? (messageForMissing(procedure, field) ?? issue.message) : issue.message;
  return { field, message, ...(issue.expected === null ? {} : { expected: issue.expected }) };
}

/** For a missing field the object speaks, in the library's words; the field's own words tell what to write. */
function messageForMissing(procedure: Procedure, field: string): string | undefined {
  const input: object = procedure.input;
  const entries: unknown = 'entries' in input ? input.entries : undefined;
  const schema = Object.entries(Object(entries)).find(([name]) => name === field)?.[1];
  return isSchema(schema) ? v.safeParse(schema, undefined).issues?.[0].message : undefined;
}

function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema';
}

function refusal(fields: readonly FieldError[]): Error {
  const [first] = fields;
  return badRequest(first ? `${first.field}: ${first.message}` : 'The input is not valid.', { fields });
}
