import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { missing } from '../http/failure';
import {
  emptyableText,
  expand,
  metadata,
  mergeMetadata,
  page,
  required,
  shape,
  text,
  anything,
} from '../http/parameters';
import { newId, now } from '../world/ids';
import { pageOf } from '../world/lists';
import { search } from '../world/search';
import { attach, methodOf, stateOf } from '../payment-methods/payment-method';

const profile = {
  ...{ description: emptyableText, email: emptyableText, name: emptyableText, phone: emptyableText },
  ...{ metadata, address: anything, shipping: anything, invoice_settings: shape({ default_payment_method: text }) },
  ...expand,
};

/** https://docs.stripe.com/api/customers */
export const customerEndpoints = [
  endpoint<Stripe.CustomerCreateParams, Stripe.Customer>(
    'POST',
    'customers',
    { ...profile, payment_method: text },
    (call, given) => {
      const { world, owner } = call;
      const customer = world.customers.add(owner, {
        ...{ id: newId('cus'), object: 'customer', balance: 0, created: now(), default_source: null, livemode: false },
        ...{ description: given.description ?? null, email: given.email ?? null, name: given.name ?? null },
        ...{ phone: given.phone ?? null, metadata: mergeMetadata({}, given.metadata), shipping: null },
        ...{ invoice_prefix: newId('x').slice(4, 12).toUpperCase(), preferred_locales: [], tax_exempt: 'none' },
        invoice_settings: {
          ...{ custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
        },
      } satisfies Stripe.Customer);
      if (given.payment_method !== undefined) {
        try {
          attach(call, methodOf(call, given.payment_method), customer.id);
        } catch (error) {
          world.customers.delete(customer.id);
          throw error;
        }
      }
      world.emit('customer.created', customer, { account: owner, call });
      return customer;
    },
  ),
  endpoint<Stripe.CustomerSearchParams, Stripe.ApiSearchResult<Stripe.Customer>>(
    'GET',
    'customers/search',
    { query: required(text), limit: page.limit, page: text, ...expand },
    ({ world, owner }, given) =>
      search('/v1/customers/search', world.customers.searchable(owner, world.searchLagMs), given),
  ),
  endpoint<Stripe.CustomerListParams, Stripe.ApiList<Stripe.Customer>>(
    'GET',
    'customers',
    { ...page, email: text },
    ({ world, owner }, given) =>
      pageOf(
        '/v1/customers',
        world.customers.list(owner, ({ email }) => given.email === undefined || email === given.email),
        given,
      ),
  ),
  endpoint<Stripe.CustomerRetrieveParams, Stripe.Customer | Stripe.DeletedCustomer>(
    'GET',
    'customers/:id',
    expand,
    ({ world, owner }, _given, id) =>
      world.deletedCustomers.has(id) ? { id, object: 'customer', deleted: true } : world.customers.get(owner, id),
  ),
  endpoint<Stripe.CustomerUpdateParams, Stripe.Customer>('POST', 'customers/:id', profile, (call, given, id) => {
    const { world, owner } = call;
    const customer = world.customers.get(owner, id);
    const { metadata: change, invoice_settings, description, email, name, phone } = given;
    const method = invoice_settings?.default_payment_method;
    if (method !== undefined) {
      if (world.paymentMethods.get(owner, method, 'invoice_settings[default_payment_method]').customer !== id)
        throw missing('payment method', method, 'invoice_settings[default_payment_method]');
      customer.invoice_settings.default_payment_method = method;
    }
    const changed = Object.entries({ description, email, name, phone }).filter(([, value]) => value !== undefined);
    Object.assign(customer, Object.fromEntries(changed), { metadata: mergeMetadata(customer.metadata, change) });
    world.emit('customer.updated', customer, { account: owner, call });
    return customer;
  }),
  endpoint<Stripe.CustomerDeleteParams, Stripe.DeletedCustomer>('DELETE', 'customers/:id', {}, (call, _given, id) => {
    const { world, owner } = call;
    const customer = world.customers.get(owner, id);
    for (const method of world.paymentMethods.list(owner, (one) => one.customer === id)) {
      method.customer = null;
      stateOf(world, method.id).isSpent = true;
    }
    world.customers.delete(id);
    world.deletedCustomers.add(id);
    world.emit('customer.deleted', customer, { account: owner, call });
    return { id, object: 'customer', deleted: true };
  }),
];
