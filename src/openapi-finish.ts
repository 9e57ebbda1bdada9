import type { OpenAPIObject } from '@nestjs/swagger';
import { API_KEY_SCHEME } from './identity';
import { PROBLEM_TITLES } from './platform/http';

/** JSON of the document, as far as this file looks into it. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  additionalProperties?: boolean | Schema;
  default?: unknown;
  example?: unknown;
  enum?: unknown[];
}
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}
interface Response {
  $ref?: string;
  description?: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { schema?: Schema; example?: unknown }>;
}
interface Operation {
  operationId: string;
  tags?: string[];
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema; example?: unknown }> };
  responses: Record<string, Response>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const SOME_ID = '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f';
const SOME_CURSOR = 'WyIwMTlhN2UxYy01YjJmLTdjM2QtOGU0Zi0wYTFiMmMzZDRlNWYiXQ';
const SOME_TIME = '2026-11-22T10:15:30.000Z';

/**
 * Says in one place what holds for every route, so that no controller has to: which problems any request can meet, which
 * headers come back, that bodies are closed, that numbers are whole, and what an id looks like.
 */
export function finishDocument(document: OpenAPIObject): OpenAPIObject {
  const schemas = document.components!.schemas as Record<string, Schema>;
  const operations = operationsOf(document);
  for (const schema of Object.values(schemas)) completeSchema(schema);
  for (const { path, method, operation } of operations) {
    // A route without a guard needs no token, and says so.
    operation.security ??= [];
    completeParameters(path, operation);
    nameProblems(method, operation);
    completeBody(operation, schemas);
    addHeaders(operation, schemas);
    addExamples(operation, schemas);
  }
  closeBodies(operations, schemas);
  // Members of their own, such as `expected` and `actual` at total_changed: docs/errors.md names them.
  schemas['ProblemDto']!.additionalProperties = true;
  document.components!.responses = problemResponses(operations) as never;
  document.components!.headers = HEADERS as never;
  // Whom to ask is for whoever runs a server to say.
  delete document.info.contact;
  return document;
}

function operationsOf(document: OpenAPIObject) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = (item as Record<string, unknown>)[method] as Operation | undefined;
      return operation ? [{ path, method, operation }] : [];
    }),
  );
}

/** Below: every schema inside this one, itself included; references are not followed. */
function* within(schema: Schema): Generator<Schema> {
  yield schema;
  const { properties = {}, items, allOf = [], anyOf = [], oneOf = [], additionalProperties } = schema;
  const inner = [...Object.values(properties), ...allOf, ...anyOf, ...oneOf, ...(items ? [items] : [])];
  if (typeof additionalProperties === 'object') inner.push(additionalProperties);
  for (const one of inner) yield* within(one);
}

function completeSchema(root: Schema): void {
  for (const schema of within(root)) {
    beWhole(schema);
    for (const [name, property] of Object.entries(schema.properties ?? {})) completeText(name, property);
    // What has a default need not be given.
    schema.required = schema.required?.filter((name) => schema.properties?.[name]?.default === undefined);
    if (schema.required?.length === 0) delete schema.required;
  }
}

/** No number of Muse has a fraction, but for those that say `format: double`. */
function beWhole(schema: Schema): void {
  if (schema.format === 'double') return;
  if (schema.type === 'number') schema.type = 'integer';
  else if (Array.isArray(schema.type)) schema.type = schema.type.map((type) => (type === 'number' ? 'integer' : type));
}

/** Ids are UUIDs, addresses of pages are URIs, where nothing else is said; with an example each. */
function completeText(name: string, schema: Schema): void {
  if (![schema.type].flat().includes('string')) return;
  if (schema.example === undefined) {
    if (/^(id|.*Id)$/.test(name)) schema.format ??= 'uuid';
    if (/^(url|.*Url)$/.test(name)) schema.format ??= 'uri';
  }
  if (schema.format === 'uuid') schema.example ??= SOME_ID;
  if (schema.format === 'date-time') schema.example ??= SOME_TIME;
  if (name === 'nextCursor') schema.example ??= SOME_CURSOR;
}

function completeParameters(path: string, operation: Operation): void {
  for (const parameter of operation.parameters ?? []) {
    const { schema } = parameter;
    beWhole(schema);
    if (schema.default !== undefined) parameter.required = false;
    if (parameter.in === 'path' && schema.type === 'integer') {
      schema.example ??= 1;
      parameter.description ??= `Which ${parameter.name}, counted from 1`;
    } else if (parameter.in === 'path' && schema.example === undefined) {
      Object.assign(schema, { format: 'uuid', example: SOME_ID });
      parameter.description ??= `Id of the ${whatIs(path, parameter.name)}`;
    }
    // One place for the example: the parameter's own.
    if (schema.format === 'uuid') schema.example ??= SOME_ID;
  }
}

/** A body of which nothing is required may be left out altogether. */
function completeBody({ requestBody }: Operation, schemas: Record<string, Schema>): void {
  for (const { schema } of Object.values(requestBody?.content ?? {})) {
    const { required = [], oneOf, anyOf } = resolved(schema, schemas);
    if (required.length === 0 && !oneOf && !anyOf) requestBody!.required = false;
  }
}

/** One whole example for each request and answer, put together from those of the fields. */
function addExamples({ requestBody, responses }: Operation, schemas: Record<string, Schema>): void {
  for (const { content } of [...(requestBody ? [requestBody] : []), ...Object.values(responses)]) {
    for (const [type, media] of Object.entries(content ?? {})) {
      if (type === 'application/json' && media.schema) media.example ??= exampleFrom(media.schema, schemas);
    }
  }
}

/** Where both could be given, only one may: the example gives the other. */
const EITHER: Record<string, string> = { addressId: 'address', paymentMethodId: 'providerToken', jwe: 'body' };

function exampleFrom(schema: Schema, schemas: Record<string, Schema>): unknown {
  const one = resolved(schema, schemas);
  if (one.example !== undefined) return one.example;
  if (one.default !== undefined) return one.default;
  if (one.enum) return one.enum[0];
  const choice = one.oneOf?.[0] ?? one.anyOf?.[0] ?? one.allOf?.[0];
  if (choice) return exampleFrom(choice, schemas);
  if (one.items) return [exampleFrom(one.items, schemas)];
  if (one.properties) {
    const { properties } = one;
    const isGiven = (name: string) => one.required?.includes(name) || properties[EITHER[name] ?? ''] === undefined;
    const given = Object.entries(properties).filter(([name]) => isGiven(name));
    return Object.fromEntries(given.map(([name, property]) => [name, exampleFrom(property, schemas)]));
  }
  const [type] = [one.type].flat();
  return type === 'boolean' ? true : type === 'array' ? [] : type === 'object' ? {} : null;
}

function resolved(schema: Schema, schemas: Record<string, Schema>): Schema {
  return schema.$ref ? resolved(schemas[nameOf(schema.$ref)]!, schemas) : schema;
}

/** `…/orders/{id}/returns` asks for the id of an order. */
function whatIs(path: string, name: string): string {
  const before = path
    .slice(0, path.indexOf(`/{${name}}`))
    .split('/')
    .at(-1)!;
  const one = before.endsWith('sses') ? before.slice(0, -2) : before.replace(/s$/, '');
  return one.replaceAll('-', ' ');
}

/** The problems that no controller needs to name, since what causes them is in the request's form. */
function nameProblems(method: string, operation: Operation): void {
  const takes = (header: string) => operation.parameters?.some(({ name }) => name === header);
  const statuses = new Set(['400', '500', '503']);
  if (needsToken(operation)) statuses.add('401');
  if (operation.security!.some((way) => API_KEY_SCHEME in way)) statuses.add('403');
  if (!isUnlimited(operation)) statuses.add('429');
  if (takes('Idempotency-Key')) ['409', '422'].forEach((status) => statuses.add(status));
  if (takes('If-Match')) statuses.add('412');
  if (method !== 'get') ['413', '415'].forEach((status) => statuses.add(status));
  if (operation.parameters?.some((parameter) => parameter.in === 'path')) statuses.add('404');
  const named = Object.keys(operation.responses).filter((status) => Number(status) >= 400);
  for (const status of new Set([...named, ...statuses].sort())) {
    operation.responses[status] = { $ref: `#/components/responses/Problem${status}` };
  }
}

/** Load balancers ask as often as they like. */
function isUnlimited({ tags = [] }: Operation): boolean {
  return tags.includes('Health');
}

/** A route that only looks at a token, as sign-in does, takes a wrong one for none. */
function needsToken({ security = [] }: Operation): boolean {
  return security.length > 0 && security.every((way) => Object.keys(way).length > 0);
}

function addHeaders(operation: Operation, schemas: Record<string, Schema>): void {
  const replays = operation.parameters?.some(({ name }) => name === 'Idempotency-Key');
  for (const response of Object.values(operation.responses)) {
    if (response.$ref) continue;
    const schema = response.content?.['application/json']?.schema;
    const versioned = schema?.$ref !== undefined && schemas[nameOf(schema.$ref)]?.properties?.['version'] !== undefined;
    response.headers = {
      'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
      ...(versioned && { ETag: { $ref: '#/components/headers/ETag' } }),
      ...(replays && { 'Idempotency-Replayed': { $ref: '#/components/headers/Idempotency-Replayed' } }),
      ...response.headers,
    };
  }
}

const text = (example: string): Schema => ({ type: 'string', example });
const HEADERS = {
  'X-Request-Id': {
    description: "The request's own, or one made for it",
    schema: text('0c4f1c1e-6f0e-4a7f-9d5e-7f6d5b1f0b53'),
  },
  ETag: { description: 'Its version; send it as If-Match to change only this one', schema: text('"7"') },
  'Idempotency-Replayed': {
    description: 'There when this is the answer that the first request with this Idempotency-Key got',
    schema: { ...text('true'), enum: ['true'] },
  },
  'Retry-After': { description: 'Seconds to wait before trying again', schema: { type: 'integer', example: 1 } },
  RateLimit: {
    description:
      'Of a limit: calls that are left, and seconds until all of them are (or, with none left, until one is)',
    schema: text('"placings";r=0;t=57'),
  },
  'RateLimit-Policy': {
    description: 'The limit: so many calls in so many seconds',
    schema: text('"placings";q=30;w=3600'),
  },
  'WWW-Authenticate': {
    description: 'Says that a bearer token is asked for',
    schema: text('Bearer error="invalid_token"'),
  },
};

function problemResponses(operations: { operation: Operation }[]): Record<string, Response> {
  const used = new Set(
    operations.flatMap(({ operation }) => Object.values(operation.responses).map(({ $ref }) => $ref)),
  );
  return Object.fromEntries(
    Object.entries(PROBLEM_TITLES)
      .map(([status, [code, title]]): [string, Response] => [
        `Problem${status}`,
        {
          description: title,
          headers: {
            ...(status === '401' && { 'WWW-Authenticate': { $ref: '#/components/headers/WWW-Authenticate' } }),
            ...(['409', '429', '503'].includes(status) && {
              'Retry-After': { $ref: '#/components/headers/Retry-After' },
            }),
            ...(status === '429' && {
              RateLimit: { $ref: '#/components/headers/RateLimit' },
              'RateLimit-Policy': { $ref: '#/components/headers/RateLimit-Policy' },
            }),
          },
          content: {
            'application/problem+json': {
              schema: { $ref: '#/components/schemas/ProblemDto' },
              example: exampleOf(Number(status), code, title),
            },
          },
        },
      ])
      .filter(([name]) => used.has(`#/components/responses/${name}`)),
  );
}

/** One that this status often comes with, rather than the bare code of the status. */
const OFTEN: Record<number, { code: string; detail: string; errors?: object[]; [extra: string]: unknown }> = {
  400: {
    code: 'invalid_request',
    detail: 'The request is not of the documented form.',
    errors: [{ pointer: '/quantity', detail: 'quantity must not be less than 1' }],
  },
  404: { code: 'not_found', detail: 'There is no such order.' },
  409: {
    code: 'total_changed',
    detail: 'The total has changed; look at it again. Nothing was bought.',
    expected: { amount: 35193, currency: 'USD' },
    actual: { amount: 35788, currency: 'USD' },
  },
  412: { code: 'version_mismatch', detail: 'The resource has changed since you read it; read it again.', version: 8 },
  429: { code: 'rate_limited', detail: 'Too many requests; try again in 57 s.', limit: 'placings' },
  422: {
    code: 'incomplete',
    detail: 'Something is missing before this can be placed.',
    errors: [{ pointer: '/shippingAddress', detail: 'is required' }],
  },
};

function exampleOf(status: number, code: string, title: string): object {
  const often = OFTEN[status] ?? { code, detail: `${title}.` };
  return {
    type: `urn:muse:problem:${often.code}`,
    title,
    status,
    ...often,
    instance: '/api/v1/…',
    requestId: '0c4f1c1e-6f0e-4a7f-9d5e-7f6d5b1f0b53',
  };
}

/** Unknown fields of a body are refused; answers may grow. */
function closeBodies(operations: { operation: Operation }[], schemas: Record<string, Schema>): void {
  const asked = reach(
    operations.flatMap(({ operation }) =>
      Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
    ),
    schemas,
  );
  const answered = reach(
    operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap(({ content }) =>
        Object.values(content ?? {}).map(({ schema }) => schema ?? {}),
      ),
    ),
    schemas,
  );
  for (const name of asked) {
    const schema = schemas[name]!;
    if (!answered.has(name) && schema.properties) schema.additionalProperties ??= false;
  }
}

/** The names of all schemas that these lead to. */
function reach(from: Schema[], schemas: Record<string, Schema>): Set<string> {
  const found = new Set<string>();
  const open = [...from];
  for (let schema = open.pop(); schema; schema = open.pop()) {
    for (const { $ref } of within(schema)) {
      if ($ref === undefined || found.has(nameOf($ref))) continue;
      found.add(nameOf($ref));
      open.push(schemas[nameOf($ref)] ?? {});
    }
  }
  return found;
}

const nameOf = (ref: string) => ref.split('/').at(-1)!;
