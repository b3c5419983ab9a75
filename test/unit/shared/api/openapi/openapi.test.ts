import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathParams, restFields } from '../../../../../shared/api/contract/procedure.ts';
import { contract, type Procedure } from '../../../../../shared/api/contract.ts';
import { openApiDocument } from '../../../../../shared/api/openapi/openapi.ts';

const document = openApiDocument(contract, '1.2.3');

/** Walks into nested objects of the document; fails with the path that is not there. */
function at(...keys: (string | number)[]): unknown {
  return keys.reduce<unknown>((value, key) => {
    assert.ok(typeof value === 'object' && value !== null && key in value, `no ${keys.join(' › ')}`);
    return Object.entries(value).find(([name]) => name === String(key))?.[1];
  }, document);
}

test('every procedure of the contract is an operation under its name', () => {
  for (const [name, { method, path }] of Object.entries(contract)) {
    assert.equal(at('paths', `/api/v1${path}`, method.toLowerCase(), 'operationId'), name);
  }
});

test('no two operations share a name', () => {
  const names = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  assert.equal(new Set(names).size, names.length);
});

test('path parameters, query and body together hold every field of the input', () => {
  for (const procedure of Object.values<Procedure>(contract)) {
    const where = ['paths', `/api/v1${procedure.path}`, procedure.method.toLowerCase()] as const;
    const operation = at(...where);
    assert.ok(typeof operation === 'object' && operation !== null);
    const listed =
      'parameters' in operation && Array.isArray(operation.parameters) ? operation.parameters : [];
    const names = (kind: string) => listed.filter((one) => one.in === kind).map((one) => one.name);
    assert.deepEqual(names('path'), pathParams(procedure.path));
    const rest = restFields(procedure);
    if (procedure.method === 'GET') assert.deepEqual(names('query'), rest);
    else if (rest.length > 0) {
      const properties = at(...where, 'requestBody', 'content', 'application/json', 'schema', 'properties');
      assert.deepEqual(Object.keys(properties ?? {}), rest);
    }
  }
});

test('a limit in the query is a whole number from 1 to 500', () => {
  assert.deepEqual(at('paths', '/api/v1/peers', 'get', 'parameters', 0), {
    name: 'limit',
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 500 },
  });
});

test('the document says what a body must hold, and that it may hold nothing else', () => {
  const schema = ['requestBody', 'content', 'application/json', 'schema'] as const;
  assert.deepEqual(at('paths', '/api/v1/setup', 'post', ...schema, 'required'), ['server_name', 'owner']);
  assert.equal(at('paths', '/api/v1/setup', 'post', ...schema, 'additionalProperties'), false);
});

test('views are components, and every reference points at something', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
    (found) => found[1]!,
  );
  assert.ok(references.includes('components/schemas/StatusView'));
  for (const reference of references) at(...reference.split('/'));
});

test('the document describes the stream, itself, metrics and health; the last two need no token', () => {
  assert.equal(at('openapi'), '3.1.0');
  assert.equal(at('info', 'version'), '1.2.3');
  assert.deepEqual(at('security'), [{ token: [] }]);
  assert.equal(at('components', 'securitySchemes', 'token', 'scheme'), 'bearer');
  at('paths', '/api/v1/stream', 'get');
  at('paths', '/api/v1/openapi.json', 'get');
  assert.deepEqual(at('paths', '/metrics', 'get', 'security'), []);
  assert.deepEqual(at('paths', '/healthz', 'get', 'security'), []);
});

test('the document is plain JSON', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
});
