/**
 * The contract as an OpenAPI 3.1 document, for programs in other languages. Derived from the contract, so it is always
 * up to date.
 */
import {
  type ConversionConfig,
  type JsonSchema,
  toJsonSchema,
  toJsonSchemaDefs,
} from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { apiPrefix, pathParams, readsQuery, restFields } from '../contract/procedure.ts';
import type { Procedure } from '../contract.ts';
import * as deliveryViews from '../views/delivery-views.ts';
import * as nodeViews from '../views/node-views.ts';
import * as peerViews from '../views/peer-views.ts';
import * as roomViews from '../views/room-views.ts';
import { otherPaths, sharedComponents } from './fixed.ts';

type OpenApiDocument = {
  readonly openapi: '3.1.0';
  readonly info: Readonly<Record<string, unknown>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly [section: string]: unknown;
};
type OpenApiOperation = { readonly operationId: string; readonly [part: string]: unknown };

const definitions: Record<string, GenericSchema> = {
  ...nodeViews,
  ...peerViews,
  ...roomViews,
  ...deliveryViews,
};
const conversion = (typeMode: 'input' | 'output'): ConversionConfig => ({
  target: 'draft-2020-12',
  // Rules that only code can check are explained in the refusal.
  ignoreActions: ['check', 'normalize', 'trim', 'transform'],
  typeMode,
  definitions,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
});

/** `version` is the program's. The paths are relative to the server's root: `/api/v1/…`, `/metrics`, `/healthz`. */
export function openApiDocument(
  contract: Readonly<Record<string, Procedure>>,
  version: string,
): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const [name, procedure] of Object.entries(contract)) {
    const path = apiPrefix + procedure.path;
    paths[path] = { ...paths[path], [procedure.method.toLowerCase()]: operation(name, procedure) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Paracord Node control API',
      version,
      description:
        'For the owner of a node and the owner’s programs. Times are unix milliseconds. Answers may gain fields; ' +
        'ignore what you do not know. Lists page with `limit` and `cursor`, the `next` of the answer before.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'the control listener; `control.json` in the data folder names it' }],
    security: [{ token: [] }],
    paths: { ...paths, ...otherPaths(apiPrefix) },
    components: {
      ...sharedComponents,
      schemas: { ...sharedComponents.schemas, ...toJsonSchemaDefs(definitions, conversion('output')) },
    },
  };
}

function operation(name: string, procedure: Procedure): OpenApiOperation {
  const input = converted(procedure.input, 'input');
  const properties = input.properties ?? {};
  const required = new Set(input.required);
  const inPath = pathParams(procedure.path);
  const rest = restFields(procedure);
  const parameter = (field: string, where: 'path' | 'query') => ({
    name: field,
    in: where,
    required: where === 'path' || required.has(field),
    schema: where === 'query' ? asText(properties[field]) : (properties[field] ?? {}),
  });
  const parameters = [
    ...inPath.map((field) => parameter(field, 'path')),
    ...(readsQuery(procedure) ? rest.map((field) => parameter(field, 'query')) : []),
  ];
  return {
    operationId: name,
    summary: procedure.summary,
    tags: [procedure.path.split('/')[1] ?? ''],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(readsQuery(procedure) || rest.length === 0 ? {} : { requestBody: body(rest, properties, required) }),
    responses: {
      200: { description: 'Done', content: json(converted(procedure.output, 'output')) },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

function body(fields: string[], properties: Record<string, unknown>, required: ReadonlySet<string>) {
  const needed = fields.filter((field) => required.has(field));
  return {
    required: needed.length > 0,
    content: json({
      type: 'object',
      properties: Object.fromEntries(fields.map((field) => [field, properties[field] ?? {}])),
      ...(needed.length > 0 ? { required: needed } : {}),
      additionalProperties: false,
    }),
  };
}

const json = (schema: unknown) => ({ 'application/json': { schema } });

/** Leaves the number's schema: in a query, a number that may also be text is always text. */
function asText(schema: JsonSchema | boolean | undefined): unknown {
  if (typeof schema !== 'object' || schema.type === undefined) return schema ?? {};
  const { anyOf: _spellings, ...rest } = schema;
  return rest;
}

function converted(schema: GenericSchema, typeMode: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, $defs: _components, ...rest } = toJsonSchema(schema, conversion(typeMode));
  return rest;
}
