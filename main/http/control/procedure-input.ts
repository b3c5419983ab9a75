import { inputFields, readsQuery } from '../../../shared/api/contract/procedure.ts';
import type { Procedure } from '../../../shared/api/contract.ts';
import { checkedInput, inputRefusal, refuseUnknownFields } from '../../../shared/api/input.ts';
import { said } from '../../../shared/words/said.ts';

/** The parts of a request, before they are combined into one input. */
interface RequestParts {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Empty for GET. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * The procedure's input, parsed by its schema. Throws BAD_REQUEST with `details.fields` that names each wrong field and
 * what it expects. A path parameter wins over a field of the same name.
 */
export function procedureInput(procedure: Procedure, deps: RequestParts): unknown {
  return checkedInput(procedure.input, {
    ...(readsQuery(procedure) ? fromQuery(procedure, deps.query) : fromBody(procedure, deps)),
    ...deps.params,
  });
}

/** A reader may send parameters that only other procedures know. Ignoring them does no harm. */
function fromQuery(procedure: Procedure, query: URLSearchParams): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of inputFields(procedure)) {
    const values = query.getAll(field).filter((value) => value !== '');
    if (values.length > 1) throw inputRefusal([{ field, message: said('input.once') }]);
    if (values[0] !== undefined) input[field] = values[0];
  }
  return input;
}

function fromBody(procedure: Procedure, { query, body }: RequestParts): Readonly<Record<string, unknown>> {
  const queried = [...new Set(query.keys())];
  if (queried.length > 0) {
    throw inputRefusal(queried.map((field) => ({ field, message: said('input.not_in_query') })));
  }
  refuseUnknownFields(body, inputFields(procedure));
  return body;
}
