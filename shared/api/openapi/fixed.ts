/** The parts of the OpenAPI document that don't come from the contract. */

const plain = (type: string) => ({ [type]: { schema: { type: 'string' } } });

const bytes = { 'application/octet-stream': {} };
const inPath = (...names: readonly string[]) =>
  names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));

/** Describes all paths besides the procedures: the bytes of files, the stream, this document, metrics and health. */
export const otherPaths = (apiPrefix: string) => ({
  [`${apiPrefix}/stream`]: {
    get: {
      operationId: 'stream',
      summary: 'Live changes as server-sent events, each named by its topic',
      description:
        'Each event’s data is a JSON object that says what changed, never its content: read it again. The event ' +
        '`resync` means that changes were missed and everything has to be read again.',
      tags: ['stream'],
      parameters: [
        {
          name: 'Last-Event-ID',
          in: 'header',
          required: false,
          description: 'The id of the last event seen; the stream continues after it',
          schema: { type: 'string' },
        },
        {
          name: 'after',
          in: 'query',
          required: false,
          description: 'The same, for a browser’s first request, which can’t have this header',
          schema: { type: 'string' },
        },
      ],
      responses: {
        200: { description: 'Events until either side ends it', content: plain('text/event-stream') },
        default: { $ref: '#/components/responses/Error' },
      },
    },
  },
  [`${apiPrefix}/rooms/{room_id}/uploads/{upload_id}/bytes`]: {
    put: {
      operationId: 'sendUpload',
      summary: 'Bytes of an upload, from `offset` on; in as many requests as you like, one after another',
      tags: ['rooms'],
      parameters: [
        ...inPath('room_id', 'upload_id'),
        { name: 'offset', in: 'query', required: true, schema: { type: 'integer', minimum: 0 } },
        { name: 'as', in: 'query', required: false, schema: { type: 'string' } },
      ],
      requestBody: { required: true, content: bytes },
      responses: {
        200: {
          description: 'How much of it is here',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/UploadView' } } },
        },
        default: { $ref: '#/components/responses/Error' },
      },
    },
  },
  [`${apiPrefix}/rooms/{room_id}/messages/{event_id}/files/{number}/bytes`]: {
    get: {
      operationId: 'file',
      summary: 'The bytes of a file of a message, fetched from other servers if necessary',
      tags: ['rooms'],
      parameters: [
        ...inPath('room_id', 'event_id', 'number'),
        {
          name: 'Range',
          in: 'header',
          required: false,
          description: 'One range of bytes',
          schema: { type: 'string' },
        },
        {
          name: 'save',
          in: 'query',
          required: false,
          description: 'With any value: to be saved, also if a browser could show it',
          schema: { type: 'string' },
        },
      ],
      responses: {
        200: { description: 'The whole file', content: bytes },
        206: { description: 'The range', content: bytes },
        default: { $ref: '#/components/responses/Error' },
      },
    },
  },
  [`${apiPrefix}/openapi.json`]: {
    get: {
      operationId: 'openapi',
      summary: 'This document',
      tags: ['openapi'],
      responses: {
        200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
        default: { $ref: '#/components/responses/Error' },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'Counters and gauges in the text format of Prometheus',
      tags: ['operation'],
      security: [],
      responses: { 200: { description: 'Metrics', content: plain('text/plain') } },
    },
  },
  '/healthz': {
    get: {
      operationId: 'healthz',
      summary: 'Whether the node is serving requests',
      tags: ['operation'],
      security: [],
      responses: {
        200: { $ref: '#/components/responses/Health' },
        503: { $ref: '#/components/responses/Health' },
      },
    },
  },
});

export const sharedComponents = {
  securitySchemes: {
    token: {
      type: 'http',
      scheme: 'bearer',
      description:
        'The token in `control.json` of the data folder, or a bot’s token (`/tokens`), which may do less',
    },
  },
  responses: {
    Error: {
      description: 'Refused, or failed; the message says what happened and what was expected',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    },
    Health: {
      description: '200 when it serves, 503 while it starts or stops',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: { status: { enum: ['ok', 'unavailable'] } },
            required: ['status'],
          },
        },
      },
    },
  },
  schemas: {
    Error: {
      type: 'object',
      properties: {
        code: {
          enum: [
            'NOT_FOUND',
            'UNAUTHORIZED',
            'FORBIDDEN',
            'BAD_REQUEST',
            'CONFLICT',
            'GONE',
            'RATE_LIMITED',
            'SERVICE_UNAVAILABLE',
            'INTERNAL_ERROR',
          ],
        },
        message: { type: 'string' },
        details: {
          type: ['object', 'null'],
          properties: {
            fields: {
              type: 'array',
              items: {
                type: 'object',
                properties: {
                  field: { type: 'string' },
                  message: { type: 'string' },
                  expected: { type: 'string' },
                },
                required: ['field', 'message'],
              },
            },
          },
        },
      },
      required: ['code', 'message'],
    },
  },
} as const;
