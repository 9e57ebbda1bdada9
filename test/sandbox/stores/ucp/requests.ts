import {
  array,
  both,
  flag,
  integer,
  Malformed,
  object,
  oneOf,
  open,
  orNull,
  text,
  type Check,
  type Members,
} from '../http/shape';
import { DISCOUNT, FULFILLMENT, type UcpVersion } from './versions';

/**
 * What a platform may send, operation by operation: the members that the schemas mark for requests (`ucp_request`), and
 * those of the extensions that were agreed on. What the business alone may say is refused, and so is what nobody knows.
 */
export type Operation = 'create' | 'update' | 'complete';

const id = text({ max: 200 });
const quantity = integer({ min: 1, max: 999 });

const POSTAL: Members = Object.fromEntries(
  [
    ...['extended_address', 'street_address', 'address_locality', 'address_region', 'address_country', 'postal_code'],
    ...['first_name', 'last_name', 'phone_number'],
  ].map((name) => [name, text({ max: 300 })]),
);

const buyer = object({}, { first_name: id, last_name: id, email: text({ max: 254 }), phone_number: text({ max: 32 }) });

const signals: Check = (value, at) => {
  open()(value, at);
  for (const name of Object.keys(value as object))
    if (!/^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9_-]*)+$/.test(name))
      throw new Malformed(`${at}.${name}`, 'is no reverse-domain name');
};

const attribution: Check = (value, at) => {
  open()(value, at);
  for (const [name, one] of Object.entries(value as object)) text()(one, `${at}.${name}`);
};

const context = open({
  address_country: id,
  address_region: id,
  postal_code: id,
  language: id,
  currency: text({ pattern: /^[A-Z]{3}$/ }),
});

const instrument = object(
  { id, handler_id: id, type: id },
  {
    selected: flag,
    billing_address: object({}, POSTAL),
    credential: both(object({ type: id }, { token: text({ max: 5000 }) })),
    display: open(),
  },
);
const payment = object({}, { instruments: array(instrument, { max: 5 }) });

function lineItems(operation: Operation): Check {
  const item = object({ id });
  const more: Members = operation === 'update' ? { id, parent_id: id } : {};
  return array(object({ item, quantity }, more), { min: 1, max: 100 });
}

function fulfillment(operation: Operation, version: UcpVersion): Check {
  const isOld = version === '2026-04-08';
  const destination = object({}, { ...POSTAL, id, ...(isOld ? {} : { type: oneOf('shipping_address') }) });
  const lines = array(id, { max: 100 });
  const group = object(operation === 'update' ? { id } : {}, { selected_option_id: orNull(id) });
  const common: Members = {
    destinations: array(destination, { max: 10 }),
    selected_destination_id: orNull(id),
    groups: array(group, { max: 10 }),
  };
  const type = isOld ? oneOf('shipping', 'pickup') : id;
  const method =
    operation === 'create'
      ? object({ type }, { ...common, ...(isOld ? { line_item_ids: lines } : {}) })
      : object({ line_item_ids: lines }, { ...common, id, type });
  const withType: Check = (value, at) => {
    const { destinations, type } = value as Record<string, unknown>;
    if (!isOld && destinations !== undefined && type === undefined)
      throw new Malformed(`${at}.type`, 'is required where destinations are given');
  };
  return object({}, { methods: array(both(method, withType), { max: 4 }) });
}

const discounts = object({}, { codes: array(text({ max: 64 }), { max: 10 }) });

/** The check of a request's body. */
export function requestOf(operation: Operation, version: UcpVersion, capabilities: string[]): Check {
  if (operation === 'complete') return object({ payment }, { signals, attribution });
  return object(
    { line_items: lineItems(operation) },
    {
      ...{ buyer, context, signals, attribution, payment },
      ...(capabilities.includes(FULFILLMENT) ? { fulfillment: fulfillment(operation, version) } : {}),
      ...(capabilities.includes(DISCOUNT) ? { discounts } : {}),
    },
  );
}

export const lookupRequest = object(
  { ids: array(id, { min: 1, max: 100 }) },
  { filters: open(), context, signals, attribution },
);

/** The members that it may be read by, once it has been checked. */
export interface UcpAddress {
  extended_address?: string;
  street_address?: string;
  address_locality?: string;
  address_region?: string;
  address_country?: string;
  postal_code?: string;
  first_name?: string;
  last_name?: string;
  phone_number?: string;
}

export interface UcpInstrument {
  id: string;
  handler_id: string;
  type: string;
  selected?: boolean;
  credential?: { type: string; token?: string };
}

export interface UcpMethod {
  id?: string;
  type?: string;
  line_item_ids?: string[];
  destinations?: (UcpAddress & { id?: string })[];
  selected_destination_id?: string | null;
  groups?: { id?: string; selected_option_id?: string | null }[];
}

export interface UcpCheckoutRequest {
  line_items: { id?: string; item: { id: string }; quantity: number }[];
  buyer?: { first_name?: string; last_name?: string; email?: string; phone_number?: string };
  fulfillment?: { methods?: UcpMethod[] };
  discounts?: { codes?: string[] };
  payment?: { instruments?: UcpInstrument[] };
}
