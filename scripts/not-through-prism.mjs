/** What does not run through Prism, and why. Single streams and requests outside /api/v1: see `DIRECT` in test/support/prism.ts. */
const REASONS = {
  access: 'two thousand refusals, whose form contract-walk holds against the document too',
  'contract-walk': 'compares every answer with the document itself, and sends what no client would',
  'api-keys': 'tries operations that take no API key with one, whose answer they do not document',
  'http-limits': 'speaks to the socket: broken HTTP and connections kept waiting are the server’s own to answer',
  'linked-stores-cost': 'measures time and processor, which a proxy beside it takes too',
  'mail-pages': 'a browser loads the pages and calls the API on the origin that the mails name',
  'store-faults-(acp|ucp)':
    'two hundred purchases by requests that other specs send through it, and it is as long again',
  'swagger-ui': 'a browser reads the document and its assets from the server, on the origin that they name',
};

/** The paths of these specs, as Jest takes patterns. */
export const NOT_THROUGH_PRISM = `test/e2e/(${Object.keys(REASONS).join('|')})[.]e2e-spec`;
