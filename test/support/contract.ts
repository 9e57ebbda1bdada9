import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API } from './shopper';

/** JSON Schema, as far as the tests look into it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  enum?: unknown[];
  example?: unknown;
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

interface Response {
  $ref?: string;
  content?: Record<string, { schema: Schema; example?: unknown }>;
}

/** One operation of the document. */
export interface Operation {
  /** As in test/support/routes.ts: `PUT /cart/items/{id}` */
  route: string;
  operationId: string;
  tag: string;
  security: object[];
  parameters: Parameter[];
  body?: { required: boolean; schema: Schema; example: unknown };
  responses: Record<string, Response>;
}

/** openapi.json: that it is what the build says of itself is a step of `npm run check`. */
export const DOCUMENT = JSON.parse(readFileSync(join(__dirname, '../../openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> };
};

interface RawOperation {
  operationId: string;
  tags: string[];
  security: object[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema; example: unknown }> };
  responses: Record<string, Response>;
}

export const OPERATIONS: Operation[] = Object.entries(DOCUMENT.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([verb, { operationId, tags, security, parameters = [], requestBody, responses }]) => {
    const json = requestBody?.content['application/json'];
    return {
      ...{ route: `${verb.toUpperCase()} ${path.replace(API, '')}`, operationId, tag: tags[0]!, security, parameters },
      ...(json && { body: { required: requestBody.required !== false, ...json } }),
      responses,
    };
  }),
);

export const isStream = ({ responses }: Operation): boolean =>
  responses['200']?.content?.['text/event-stream'] !== undefined;

export function resolve(schema: Schema): Schema {
  return schema.$ref ? resolve(DOCUMENT.components.schemas[schema.$ref.split('/').pop()!]!) : schema;
}

const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true, validateFormats: true }));
ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger });
ajv.addSchema({ $id: 'muse', components: { schemas: closed(DOCUMENT.components.schemas) } });
const compiled = new Map<string, ValidateFunction>();

/** For tests a member that no schema names is a fault, though clients have to expect more of them one day. */
function closed(schemas: Record<string, Schema>): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      schema.properties && schema.additionalProperties === undefined
        ? { ...schema, additionalProperties: false }
        : schema,
    ]),
  );
}

/** What is wrong with an answer by the document: status, type and body; undefined if nothing is. */
export function faultOf(
  { responses, route }: Pick<Operation, 'responses' | 'route'>,
  { status, contentType, body }: { status: number; contentType: string; body: string },
): string | undefined {
  const named = responses[String(status)];
  if (!named) return `${status} is not documented for ${route}`;
  const response = named.$ref ? DOCUMENT.components.responses[named.$ref.split('/').pop()!]! : named;
  const [type, media] = Object.entries(response.content ?? {})[0] ?? [];
  if (!type) return body === '' ? undefined : 'has a body, where none is documented';
  if (!contentType.startsWith(type)) return `is ${contentType}, not ${type}`;
  if (type === 'text/event-stream') return undefined;
  const validate = validatorOf(media!.schema);
  if (validate(type.includes('json') ? parsed(body) : body)) return undefined;
  return (validate.errors ?? [])
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}

function validatorOf(schema: Schema): ValidateFunction {
  const key = JSON.stringify(schema);
  let validate = compiled.get(key);
  if (!validate) {
    validate = ajv.compile(JSON.parse(key.replaceAll('"#/components', '"muse#/components')) as object);
    compiled.set(key, validate);
  }
  return validate;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
