// A check that takes everything proves nothing: what must not fit is tried first.

const PROFILE_KEY = { kid: 'k', kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };

/** Wrong on purpose, and what the same would be if it were right; by protocol, version, operation and side. */
const CASES = [
  {
    ...{ protocol: 'ucp', operation: 'create_checkout', side: 'request' },
    right: { line_items: [{ item: { id: 'a' }, quantity: 1 }] },
    wrong: [
      { line_items: [{ item: { id: 'a' }, quantity: 1 }], currency: 'USD' },
      { line_items: [{ item: { id: 'a', price: 1 }, quantity: 1 }] },
      { line_items: [{ item: { id: 'a' }, quantity: 0 }] },
      { buyer: {} },
    ],
  },
  {
    ...{ protocol: 'ucp', operation: 'update_checkout', side: 'request' },
    right: {
      line_items: [{ id: 'l', item: { id: 'a' }, quantity: 1 }],
      fulfillment: { methods: [{ line_item_ids: ['l'], groups: [{ id: 'g', selected_option_id: 'o' }] }] },
    },
    wrong: [{ line_items: [], fulfillment: { methods: [{ groups: [] }] } }],
  },
  {
    ...{ protocol: 'ucp', operation: 'complete_checkout', side: 'request' },
    right: { payment: { instruments: [{ id: 'i', handler_id: 'h', type: 'card' }] } },
    wrong: [{}, { payment: {}, line_items: [] }, { payment: { instruments: [{ id: 'i' }] } }],
  },
  {
    ...{ protocol: 'ucp', operation: 'platform_profile', side: 'answer' },
    right: {
      ucp: { version: '2026-08-25', services: {}, payment_handlers: {} },
      keys: [PROFILE_KEY],
      signing_keys: [PROFILE_KEY],
    },
    wrong: [{ ucp: { version: 'draft', services: {}, payment_handlers: {} } }, { ucp: { version: '2026-08-25' } }],
  },
  {
    ...{ protocol: 'acp', operation: 'createCheckoutSession', side: 'request' },
    right: { line_items: [{ id: 'a', quantity: 2 }], currency: 'usd', capabilities: {} },
    wrong: [
      { line_items: [{ id: 'a' }], currency: 'usd' },
      { line_items: [], currency: 'usd', capabilities: {} },
      { line_items: [{ id: 'a' }], currency: 'usd', capabilities: {}, items: [] },
    ],
  },
  {
    ...{ protocol: 'acp', operation: 'discovery', side: 'answer' },
    right: {
      protocol: { name: 'acp', version: '2026-04-17', supported_versions: ['2026-04-17'] },
      ...{ api_base_url: 'https://shop.example', transports: ['rest'], capabilities: { services: ['checkout'] } },
    },
    wrong: [{}, { protocol: { name: 'ucp' } }],
  },
  {
    ...{ protocol: 'acp', operation: 'postOrderEvents', side: 'answer' },
    right: { received: true },
    wrong: [null, {}],
  },
];
const VERSIONS = { ucp: ['2026-04-08', '2026-08-25'], acp: ['2026-04-17'] };

/** Throws where a schema takes what it must not, or does not take what it must. */
export function checkTheChecker(specs) {
  for (const { protocol, operation, side, right, wrong } of CASES)
    for (const version of VERSIONS[protocol]) {
      const found = specs.validatorsOf({ protocol, version, operation, status: 200 });
      if (!found) continue;
      const validator = side === 'request' ? found.request : found.answer(right, 200);
      if (!validator(right))
        throw new Error(
          `${protocol} ${version} ${operation} does not take what is right: ${JSON.stringify(validator.errors)}`,
        );
      for (const one of wrong)
        if (validator(one)) throw new Error(`${protocol} ${version} ${operation} takes ${JSON.stringify(one)}`);
    }
}
