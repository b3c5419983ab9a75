/** One rule for the input of procedures, over HTTP and in the window. */
import * as v from 'valibot';
import type { ProtocolError } from '../protocol/errors.ts';
import { issueSaid } from '../words/expected.ts';
import { refusal } from '../words/refusal.ts';
import { type Said, said } from '../words/said.ts';

interface FieldError {
  readonly field: string;
  readonly message: Said;
  readonly expected?: string;
}

/**
 * An input, parsed by its schema. Throws BAD_REQUEST with `details.fields` that names each wrong field and what it
 * expects.
 */
export function checkedInput(schema: v.GenericSchema, input: unknown): unknown {
  const result = v.safeParse(schema, input, { abortPipeEarly: true });
  if (result.success) return result.output;
  throw inputRefusal(result.issues.map((issue) => fieldError(schema, issue)));
}

/** A misspelled field would silently change nothing, or act as another user, so unknown fields are refused. */
export function refuseUnknownFields(
  input: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  const unknown = Object.keys(input).filter((field) => !known.includes(field));
  if (unknown.length === 0) return;
  const expected = known.join(', ');
  const message = known.length > 0 ? said('input.unknown', { expected }) : said('input.no_fields');
  throw inputRefusal(unknown.map((field) => ({ field, message, ...(expected === '' ? {} : { expected }) })));
}

/** Names of all fields of an object schema. */
export function fieldsOf(schema: v.GenericSchema): string[] {
  const entries: unknown = 'entries' in schema ? schema.entries : undefined;
  if (typeof entries !== 'object' || entries === null)
    throw new Error('the input of a procedure has to be an object schema');
  return Object.keys(entries);
}

export function inputRefusal(fields: readonly FieldError[]): ProtocolError {
  const [first] = fields;
  return refusal(
    'BAD_REQUEST',
    first ? said('input.field', { field: first.field, message: first.message }) : said('input.invalid'),
    {
      details: { fields },
    },
  );
}

function fieldError(schema: v.GenericSchema, issue: v.BaseIssue<unknown>): FieldError {
  const field = v.getDotPath(issue) ?? 'body';
  const missing = issue.path?.length === 1 && issue.path[0].origin === 'key';
  const said = issueSaid(missing ? (issueForMissing(schema, field) ?? issue) : issue);
  return { field, message: said, ...(issue.expected === null ? {} : { expected: issue.expected }) };
}

/** Prefers a missing field's own message, which says what to enter, to the general one of the object's schema. */
function issueForMissing(input: v.GenericSchema, field: string): v.BaseIssue<unknown> | undefined {
  const entries: unknown = 'entries' in input ? input.entries : undefined;
  const schema = Object.entries(Object(entries)).find(([name]) => name === field)?.[1];
  return isSchema(schema) ? v.safeParse(schema, undefined).issues?.[0] : undefined;
}

function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema';
}
