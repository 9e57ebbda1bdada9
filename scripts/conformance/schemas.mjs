// The published schemas of UCP and ACP as validators: of a folder that holds them as they were published, which is no part of this project.
import addFormats from 'ajv-formats';
import Ajv from 'ajv/dist/2020.js';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which folder describes which version: that of 2026-08-25 is the draft of three days before. */
const UCP_FOLDERS = { '2026-04-08': 'ucp-2026-04-08', '2026-08-25': 'ucp-main-2026-08-22' };
const ACP_FOLDERS = { '2026-04-17': 'acp-2026-04-17' };
const OPERATIONS = ['create', 'update', 'complete'];

/** What is known of the specs in a folder: `validatorsOf(exchange)` gives what its request and its answer must fit. */
export function readSpecs(folder) {
  const ucp = new Map(
    Object.entries(UCP_FOLDERS).flatMap(([version, name]) =>
      existsSync(join(folder, name)) ? [[version, readUcp(join(folder, name))]] : [],
    ),
  );
  const acp = new Map(
    Object.entries(ACP_FOLDERS).flatMap(([version, name]) =>
      existsSync(join(folder, name)) ? [[version, readAcp(join(folder, name))]] : [],
    ),
  );
  return {
    versions: [...[...ucp.keys()].map((one) => `UCP ${one}`), ...[...acp.keys()].map((one) => `ACP ${one}`)],
    validatorsOf(exchange) {
      const known = (exchange.protocol === 'ucp' ? ucp : acp).get(exchange.version);
      return known ? known(exchange) : null;
    },
  };
}

function newAjv() {
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
  addFormats(ajv);
  // UCP's own annotations: what they mean is worked into the schemas of requests below.
  for (const keyword of ['ucp_request', 'ucp_response', 'ucp_shared_request']) ajv.addKeyword(keyword);
  return ajv;
}

function readUcp(folder) {
  const ajv = newAjv();
  const files = jsonFiles(join(folder, 'schemas')).map((path) => JSON.parse(readFileSync(path, 'utf8')));
  const discovery = join(folder, 'discovery', 'profile_schema.json');
  // Its references are those of its place in the folder, not of the name that it gives itself.
  if (existsSync(discovery))
    files.push({ ...JSON.parse(readFileSync(discovery, 'utf8')), $id: 'https://ucp.dev/discovery/profile.json' });
  for (const schema of files) {
    ajv.addSchema(shaped(schema, 'read'), movedTo(schema.$id, 'read'));
    for (const operation of OPERATIONS) ajv.addSchema(shaped(schema, operation), movedTo(schema.$id, operation));
  }
  const ids = new Set(files.map(({ $id }) => $id));
  const at = (path, operation) => movedTo(`https://ucp.dev/${path}`, operation);
  const errorResponse = ['schemas/common/types/error_response.json', 'schemas/shopping/types/error_response.json'].find(
    (path) => ids.has(`https://ucp.dev/${path}`),
  );
  const profile = ids.has('https://ucp.dev/schemas/profile.json')
    ? (who) => `${at('schemas/profile.json', 'read')}#/$defs/${who}_schema`
    : (who) => `${at('discovery/profile.json', 'read')}#/$defs/${who}_profile`;
  const compile = memo((key) => {
    const [kind, operation, ...extensions] = key.split('|');
    if (kind === 'ref') return ajv.compile({ $ref: operation });
    return ajv.compile({
      allOf: [
        { $ref: at('schemas/shopping/checkout.json', operation) },
        ...extensions.map((name) => ({
          $ref: `${at(`schemas/shopping/${name}.json`, operation)}#/$defs/dev.ucp.shopping.checkout`,
        })),
      ],
    });
  });
  const ref = (target) => compile(`ref|${target}`);
  const checkout = (operation) => compile(`checkout|${operation}|fulfillment|discount`);
  const orError = (validator) => (body, status) => {
    if (body?.ucp?.status === 'error') return ref(at(errorResponse, 'read'));
    // A protocol error has a code and words, and no schema.
    return status < 300 ? validator : null;
  };
  const order = ref(at('schemas/shopping/order.json', 'read'));
  const taken = ajv.compile({ type: 'object', required: ['ucp'] });
  const lookup = `${at('schemas/shopping/catalog_lookup.json', 'read')}#/$defs/lookup`;
  const operations = {
    create_checkout: [checkout('create'), orError(checkout('read'))],
    get_checkout: [null, orError(checkout('read'))],
    update_checkout: [checkout('update'), orError(checkout('read'))],
    complete_checkout: [checkout('complete'), orError(checkout('read'))],
    cancel_checkout: [null, orError(checkout('read'))],
    get_order: [null, orError(order)],
    lookup_catalog: [ref(`${lookup}_request`), orError(ref(`${lookup}_response`))],
    order_event_webhook: [order, (_body, status) => (status !== null && status < 300 ? taken : null)],
    business_profile: [null, () => ref(profile('business'))],
    platform_profile: [null, () => ref(profile('platform'))],
  };
  return ({ operation }) => sidesOf(operations[operation]);
}

function readAcp(folder) {
  const ajv = newAjv();
  const schema = JSON.parse(readFileSync(join(folder, 'json-schema', 'schema.agentic_checkout.json'), 'utf8'));
  // A fault of the document that is known (its issue 264): the lines of a request cannot say how many.
  schema.$defs.Item.properties.quantity ??= { type: 'integer', minimum: 1 };
  schema.$id = 'https://acp.dev/checkout.json';
  ajv.addSchema(schema);
  const of = memo((name) => ajv.compile({ $ref: `https://acp.dev/checkout.json#/$defs/${name}` }));
  const session = (body) => of(body?.order === undefined ? 'CheckoutSession' : 'CheckoutSessionWithOrder');
  // openapi.agentic_checkout_webhook.yaml, whose order is this file's.
  const event = ajv.compile({
    ...{ type: 'object', additionalProperties: false, required: ['type', 'data'] },
    properties: {
      type: { type: 'string' },
      data: {
        allOf: [{ $ref: 'https://acp.dev/checkout.json#/$defs/Order' }],
        required: ['type', 'checkout_session_id', 'permalink_url', 'status'],
      },
    },
  });
  const received = ajv.compile({
    type: 'object',
    required: ['received'],
    properties: { received: { type: 'boolean' } },
  });
  const operations = {
    createCheckoutSession: [of('CheckoutSessionCreateRequest'), session],
    getCheckoutSession: [null, session],
    updateCheckoutSession: [of('CheckoutSessionUpdateRequest'), session],
    completeCheckoutSession: [of('CheckoutSessionCompleteRequest'), session],
    cancelCheckoutSession: [of('CancelSessionRequest'), session],
    postOrderEvents: [event, (_body, status) => (status !== null && status < 300 ? received : null)],
    discovery: [null, () => of('DiscoveryResponse')],
  };
  const orError = (answer) => (body, status) => (status !== null && status >= 400 ? of('Error') : answer(body, status));
  return ({ operation }) => {
    const found = sidesOf(operations[operation]);
    // Events go the other way: who answers them is Muse.
    if (!found || operation === 'postOrderEvents') return found;
    return { request: found.request, answer: orError(found.answer) };
  };
}

function sidesOf(operation) {
  return operation ? { request: operation[0], answer: operation[1] } : null;
}

/**
 * A schema as one operation has it: members that it omits are forbidden, those that it requires or leaves open are no
 * longer what the resource itself says. `read` is the resource, less what answers leave out.
 */
function shaped(schema, operation) {
  const walk = (node) => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const made = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, walk(value)]));
    if (typeof node.properties !== 'object' || node.properties === null) return made;
    const required = new Set(Array.isArray(node.required) ? node.required : []);
    for (const [name, property] of Object.entries(node.properties)) {
      const rule = ruleOf(property, operation);
      // What a condition beside it allows again is left to the condition.
      if (rule === 'omit' && isAllowedAgain(node, name, operation)) required.delete(name);
      else if (rule === 'omit') {
        made.properties[name] = false;
        required.delete(name);
      } else if (rule === 'required') required.add(name);
      else if (rule === 'optional') required.delete(name);
    }
    if (Array.isArray(node.required) || required.size > 0) made.required = [...required];
    return made;
  };
  return { ...walk(schema), $id: movedTo(schema.$id, operation) };
}

function ruleOf(property, operation) {
  if (typeof property !== 'object' || property === null) return undefined;
  if (operation === 'read') return property.ucp_response === 'omit' ? 'omit' : undefined;
  const rule = property.ucp_request;
  return typeof rule === 'object' && rule !== null ? rule[operation] : rule;
}

function isAllowedAgain({ allOf = [] }, name, operation) {
  return allOf.some(({ then }) => {
    const again = then?.properties?.[name];
    return again !== undefined && ruleOf(again, operation) !== 'omit';
  });
}

/** Each operation's schemas are a family of their own: references among them are relative. */
function movedTo(id, operation) {
  return id.replace('https://ucp.dev/', `https://ucp.dev/${operation}/`);
}

function jsonFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));
}

function memo(make) {
  const made = new Map();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
}
