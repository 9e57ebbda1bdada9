import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { Failure, invalid } from '../http/failure';
import {
  anything,
  expand,
  flag,
  metadata,
  mergeMetadata,
  oneOf,
  page,
  required,
  shape,
  text,
} from '../http/parameters';
import { supported } from '../world/currencies';
import { newId, now } from '../world/ids';
import { pageOf } from '../world/lists';
import { emptyAccount } from './account';

const requested = shape({ requested: flag });
const profile = {
  ...{ email: text, business_type: oneOf('company', 'government_entity', 'individual', 'non_profit'), metadata },
  ...{ capabilities: shape({ transfers: requested, card_payments: requested }), business_profile: anything },
  ...{ default_currency: text, settings: anything, tos_acceptance: anything, ...expand },
};
const CURRENCIES: Record<string, string> = { US: 'usd', GB: 'gbp', JP: 'jpy', CA: 'cad', MX: 'mxn', BR: 'brl' };

/** https://docs.stripe.com/api/accounts and https://docs.stripe.com/api/account_links */
export const accountEndpoints = [
  endpoint<Stripe.AccountCreateParams, Stripe.Account>(
    'POST',
    'accounts',
    { ...profile, country: text, type: oneOf('custom', 'express', 'standard'), controller: anything },
    (call, given) => {
      const { world } = call;
      if (given.type !== undefined && given.controller !== undefined)
        throw invalid('You may only specify one of these parameters: type, controller.', { param: 'type' });
      const country = given.country ?? 'US';
      if (!/^[A-Z]{2}$/.test(country)) throw invalid(`Country '${country}' is unknown.`, { param: 'country' });
      const currency = supported(given.default_currency ?? CURRENCIES[country] ?? 'eur');
      const account = emptyAccount(newId('acct'), country, currency);
      account.type = given.type ?? (given.controller === undefined ? 'standard' : 'none');
      account.metadata = mergeMetadata({}, given.metadata);
      account.email = given.email ?? null;
      account.business_type = given.business_type ?? null;
      if (given.controller !== undefined) account.controller = { ...controllerOf(given.controller) };
      request(account, given.capabilities);
      world.accounts.add(null, account);
      world.emit('account.updated', account, { account: account.id, call });
      return account;
    },
  ),
  endpoint<Stripe.AccountListParams, Stripe.ApiList<Stripe.Account>>('GET', 'accounts', page, ({ world }, given) =>
    pageOf('/v1/accounts', world.accounts.list(null), given),
  ),
  endpoint<Stripe.AccountRetrieveCurrentParams, Stripe.Account>('GET', 'account', expand, ({ world, owner }) =>
    owner === null
      ? { ...emptyAccount('acct_DoublePlatform', 'US', 'usd'), charges_enabled: true, payouts_enabled: true }
      : world.accounts.get(null, owner),
  ),
  endpoint<Stripe.AccountRetrieveParams, Stripe.Account>('GET', 'accounts/:id', expand, ({ world }, _given, id) =>
    accountOf(world.accounts.find(null, id), id),
  ),
  endpoint<Stripe.AccountUpdateParams, Stripe.Account>('POST', 'accounts/:id', profile, (call, given, id) => {
    const { world } = call;
    const account = accountOf(world.accounts.find(null, id), id);
    account.metadata = mergeMetadata(account.metadata ?? {}, given.metadata);
    if (given.email !== undefined) account.email = given.email;
    if (given.business_type !== undefined) account.business_type = given.business_type;
    request(account, given.capabilities);
    world.emit('account.updated', account, { account: account.id, call });
    return account;
  }),
  endpoint<Stripe.AccountLinkCreateParams, Stripe.AccountLink>(
    'POST',
    'account_links',
    {
      ...{ account: required(text), type: required(oneOf('account_onboarding', 'account_update')) },
      ...{ refresh_url: required(text), return_url: required(text), collection_options: anything, ...expand },
    },
    ({ world, baseUrl }, given) => {
      world.accounts.get(null, given.account, 'account');
      const query = new URLSearchParams({ return_url: given.return_url ?? '', refresh_url: given.refresh_url ?? '' });
      const url = `${baseUrl}/_double/pages/accounts/${given.account}?${query.toString()}`;
      return { object: 'account_link', created: now(), expires_at: now() + 300, url };
    },
  ),
];

/** An account that is no account of this platform is forbidden, not missing. */
function accountOf(account: Stripe.Account | undefined, id: string): Stripe.Account {
  if (account) return account;
  throw new Failure(403, {
    ...{ type: 'invalid_request_error', code: 'account_invalid' },
    message: `The provided key does not have access to account '${id}' (or that account does not exist). Application access may have been revoked.`,
  });
}

function request(account: Stripe.Account, asked: Stripe.AccountCreateParams.Capabilities | undefined): void {
  const capabilities = { ...account.capabilities };
  if (asked?.transfers?.requested === true) capabilities.transfers ??= 'inactive';
  if (asked?.card_payments?.requested === true) capabilities.card_payments ??= 'inactive';
  account.capabilities = capabilities;
}

function controllerOf(asked: Stripe.AccountCreateParams.Controller): Stripe.Account.Controller {
  return { ...(asked as Partial<Stripe.Account.Controller>), type: 'application', is_controller: true };
}
