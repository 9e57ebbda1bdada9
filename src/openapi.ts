import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { dump } from 'js-yaml';
import { createHash } from 'node:crypto';
import { API_KEY_SCHEME, SCOPES, exportSections } from './identity';
import { finishDocument } from './openapi-finish';

const ABOUT = `One cart over many stores, one checkout, one order per store.

**A purchase in seven calls**: \`POST /guests\` (or sign in) → \`POST /cart/items\` → \`POST /checkout/sessions\` → \`PUT …/shipping\` →
\`POST …/place\` → \`GET …/status\` or the stream \`…/events\` → \`GET /orders\`.

- **Callers** send \`Authorization: Bearer …\`: a user's access token (ten minutes, then \`POST /auth/refresh\`) or a guest's (30 days from its last use); a program
  an API key (\`muse_…\`, \`POST /me/api-keys\`), which opens the operations of its scopes.
- **Money** is \`{ "amount": 8900, "currency": "USD" }\`: whole minor units, never a fraction. **Times** are RFC 3339 in UTC, deliveries calendar days, ids UUIDs.
- **Errors** are \`application/problem+json\` (RFC 9457): branch on \`code\`, quote \`requestId\`; \`errors[]\` points at each wrong field. Trouble that can be
  mended stands as \`problems[]\` in the cart or the checkout instead. docs/errors.md lists every code.
- **Retries**: give a POST an \`Idempotency-Key\`, and sending it again within 24 hours answers what the first one did (\`Idempotency-Replayed: true\`).
- **Versions**: what has a \`version\` answers it as its \`ETag\`; send it back as \`If-Match\` to change only what you have seen (else 412).
- **Lists** take \`limit\` and \`cursor\`, and answer \`{ data, nextCursor }\`.
- **Limits**: 429 \`rate_limited\` says in \`Retry-After\` when to come back; routes that are counted tell by \`RateLimit\` what is left.
- **Another's** cart, checkout, order or store answers 404, as an unknown one does.`;

/** In the order of a purchase; then those who sell, and those who look after it all. */
const TAGS: [name: string, description: string][] = [
  [
    'Accounts',
    'Guests, registration and sign-in. With a guest’s token, registering and signing in keep that guest’s cart and orders',
  ],
  ['Me', 'The account of the caller, its address book and its API keys; for users, not for guests'],
  ['Stores', 'Who sells: merchant stores on Muse and partner stores elsewhere'],
  ['Products', 'The public catalogue, with search'],
  ['Cart', 'One cart a shopper, over any number of stores'],
  ['Checkout', 'One attempt to buy a snapshot of the cart: 30 minutes to place it, then one order per store'],
  ['Hand-offs', 'Filled carts at stores whose shoppers finish on the store’s own site'],
  ['Found orders', 'Orders that the caller’s mails tell of, and whether to follow them'],
  [
    'Payment methods',
    'What a user pays with again and again: tokens of the payment provider, brand and last four digits',
  ],
  [
    'Linked stores',
    'Accounts at stores that Muse may use for the caller: linked by the store’s own sign-in, and unlinked in one call',
  ],
  [
    'Mailboxes',
    'Mailboxes and a forwarding address in whose mails Muse finds the caller’s orders: with consent, sealed, unlinked in one call',
  ],
  ['Orders', 'The orders of the caller, one per store'],
  ['Notifications', 'What the caller is told: of orders, conversations, the cart’s goods and stores of one’s own'],
  [
    'Trust',
    'What both sides of an order think of each other: ratings, reports, and the score that comes of them. Muse does not arbitrate',
  ],
  ['Conversations', 'What the caller and merchant stores say to each other: one conversation a store, with its orders'],
  ['Exchange rates', 'What a second currency costs'],
  ['Merchant: stores', 'Stores of one’s own and how they deliver'],
  [
    'Merchant: goods',
    'Products, prices and stock of a store of one’s own; admins manage those of partner stores by the same routes',
  ],
  ['Merchant: coupons', 'Coupons that a store of one’s own gives out, at its cost'],
  ['Merchant: orders', 'What shoppers ordered of a store of one’s own'],
  ['Merchant: conversations', 'What buyers and a store of one’s own say to each other'],
  [
    'Merchant: payment account',
    'Where the money of a store of one’s own goes, and what it still takes to be paid in Muse',
  ],
  ['Merchant: trust', 'Rating and reporting the buyer of an order, and what is known of them without a name'],
  ['Merchant: money', 'What a store of one’s own is owed and has been paid, by Muse’s ledger'],
  ['Admin: platform fee', 'What Muse keeps of a merchant store’s sales'],
  ['Admin: partner stores', 'Outside shops that Muse sells for'],
  ['Admin: affiliate links', 'What Muse earns by links to partner stores, and how'],
  ['Store links', 'For contacts of unclaimed stores: a conversation by a mailed link, and claiming the store'],
  ['Admin: coupons', 'Coupons that Muse gives out, at its cost'],
  ['Admin: tax', 'Tax rates by place and category'],
  ['Support: orders', 'What support does for a buyer or a store: refunds, and states set by hand'],
  ['Support: reports', 'What one side of an order reports about the other: decided here, and after an appeal'],
  ['Support: placements', 'Placements, above all those whose outcome a person has to find out'],
  [
    'Support: payments',
    'Payments with their steps, refunds and ledger, above all those with a step whose outcome a person has to find out',
  ],
  ['Support: messages', 'Messages that were reported'],
  ['Webhooks', 'For the payment provider and for stores: signed, and never called by clients'],
  ['Health', 'For load balancers'],
];

/** The OpenAPI 3.1 document: the contract that clients build on. */
export function apiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Muse')
    .setDescription(ABOUT)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: "A user's or a guest's access token" })
    .addBearerAuth(
      {
        ...{ type: 'http', scheme: 'bearer', bearerFormat: 'mot_…' },
        description:
          'The token of one order: of a mailed link, to look at it; of a sealed order, from the answer to `place`, for its buyer',
      },
      'orderToken',
    )
    .addBearerAuth(
      {
        ...{ type: 'http', scheme: 'bearer', bearerFormat: 'mct_…' },
        description:
          'The token of a link that was mailed to the contact of an unclaimed store: one conversation, on its side',
      },
      'storeLink',
    )
    .addSecurity(API_KEY_SCHEME, {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'muse_…',
      description: `An API key of POST /me/api-keys, which acts for its user within its scopes: ${SCOPES.join(', ')}. Each operation names the scope that it asks for; one that names none is closed to keys`,
    });
  for (const [name, description] of TAGS) builder.addTag(name, description);
  // Names of controller methods are part of the contract: clients are generated from them. The lint refuses doubles.
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (_controller, method) => method,
    extraModels: exportSections().map(({ of }) => of),
  });
  addExportSections(document);
  return finishDocument(document);
}

/** What the modules put into the export stands in no class of one of them. */
function addExportSections(document: OpenAPIObject): void {
  const whole = document.components!.schemas!['ExportResponse'] as {
    properties: Record<string, object>;
    required: string[];
  };
  const { complete, ...first } = whole.properties;
  const sections = exportSections().map(({ name, of, description }): [string, object] => [
    name,
    { type: 'array', description, items: { $ref: getSchemaPath(of) } },
  ]);
  whole.properties = { ...first, ...Object.fromEntries(sections), complete: complete! };
  whole.required = Object.keys(whole.properties);
}

/** Swagger UI fills in examples of parameters as if they were meant: a key that was used before, a filter that finds nothing. */
function withoutParameterExamples(document: OpenAPIObject): OpenAPIObject {
  const copy = structuredClone(document);
  for (const { parameters = [] } of Object.values(copy.paths).flatMap((item) => Object.values(item) as Operation[])) {
    for (const parameter of parameters) {
      delete parameter.example;
      delete parameter.schema.example;
    }
  }
  return copy;
}

interface Operation {
  parameters?: { example?: unknown; schema: { example?: unknown } }[];
}

/**
 * Swagger UI at /api/docs, the document at /api/docs-json and /api/docs-yaml. Each is written once, when it is first
 * asked for: writing takes tens of milliseconds, during which nobody else is answered.
 */
export function serveApiDocument(app: NestFastifyApplication): void {
  let made: OpenAPIObject | undefined;
  const document = () => (made ??= apiDocument(app));
  serveText(app, '/api/docs-json', 'application/json; charset=utf-8', () => JSON.stringify(document()));
  serveText(app, '/api/docs-yaml', 'text/yaml; charset=utf-8', () =>
    dump(document(), { skipInvalid: true, noRefs: true }),
  );
  tagText(app, '/api/docs/swagger-ui-init.js');
  tagText(app, '/api/docs/docs/swagger-ui-init.js');
  // Nothing is changed by request, so that Swagger keeps what it wrote first.
  SwaggerModule.setup('api/docs', app, () => withoutParameterExamples(document()), {
    customSiteTitle: 'Muse API',
    raw: false,
    swaggerOptions: {
      // Asks nobody outside whether the document is valid.
      validatorUrl: null,
      persistAuthorization: true,
      displayRequestDuration: true,
      docExpansion: 'none',
      defaultModelsExpandDepth: 0,
      filter: true,
      tryItOutEnabled: true,
    },
  });
}

interface Text {
  bytes: Buffer;
  etag: string;
}

function textOf(written: string): Text {
  const bytes = Buffer.from(written);
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}

/** What is left to send of a text: nothing (304) for whoever has it. */
function answer({ bytes, etag }: Text, request: FastifyRequest, reply: FastifyReply): Buffer | string {
  void reply.headers({ etag, 'cache-control': 'no-cache' });
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!known?.includes(etag)) return bytes;
  void reply.code(304);
  return '';
}

/** A text that is written on the first request, and stays. */
function serveText(app: NestFastifyApplication, path: string, type: string, write: () => string): void {
  let text: Text | undefined;
  app
    .getHttpAdapter()
    .getInstance()
    .get(path, (request, reply) => {
      text ??= textOf(write());
      return reply.type(type).send(answer(text, request, reply));
    });
}

/** The same for a text that another handler keeps. */
function tagText(app: NestFastifyApplication, path: string): void {
  let text: Text | undefined;
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', (request, reply, payload, done) => {
      if (request.routeOptions.url !== path || typeof payload !== 'string' || reply.statusCode !== 200)
        return done(null, payload);
      text ??= textOf(payload);
      done(null, answer(text, request, reply));
    });
}
