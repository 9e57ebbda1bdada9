import { Injectable, Logger } from '@nestjs/common';
import type { Caller } from '../../identity';
import { Config } from '../../platform/config';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidField, NotFound, type Once } from '../../platform/http';
import { StoreDirectory, type Store } from '../../stores';
import { PaymentProviders } from '../provider';
import { ProviderUnavailable, answerOf, madeOnce, providerOf, repeatable } from '../provider-calls';
import { ACCOUNT_GONE } from './account-status';
import { PaymentAccountMissing, PaymentAccountRefused } from './accounts.errors';
import { ACCOUNT_CHANGED, PLATFORM_FEE_SET, accountEvent } from './accounts.events';
import { AccountLinkResponse, PaymentAccountResponse, PlatformFeeResponse } from './dto/payment-account.response';
import type { AccountLinkRequest } from './dto/payment-account.request';
import { isFrontEndUrl } from './front-end-url';
import { PayableStores } from './payable-stores';
import { PaymentAccountsRepository, type AskedRow, type Known } from './payment-accounts.repository';

/** Of an account that is not to be had any more. */
const GONE: Known = {
  country: null,
  currency: null,
  chargesEnabled: false,
  payoutsEnabled: false,
  transfersActive: false,
  requirements: { currentlyDue: [], pastDue: [], pendingVerification: [] },
  disabledReason: ACCOUNT_GONE,
};

/**
 * Merchants' accounts at the payment provider. Guarantees: a store gets one account, however many ask at once; no call is
 * made in a transaction; an earlier answer of the provider never overwrites a later one.
 * Errors: NotFound for another's store and for partner stores; PaymentsNotOffered, ProviderUnavailable.
 */
@Injectable()
export class PaymentAccounts {
  private readonly logger = new Logger('PaymentAccounts');

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly events: Events,
    private readonly directory: StoreDirectory,
    private readonly providers: PaymentProviders,
    private readonly accounts: PaymentAccountsRepository,
    private readonly payables: PayableStores,
  ) {}

  /** Has the store's account made, once; where there is one, says how it stands. Throws PaymentAccountRefused. */
  async open(caller: Caller, storeId: string, once: Once): Promise<PaymentAccountResponse> {
    // Whose it is first: of another's store not even this is told.
    const store = await this.ownStore(this.database, caller, storeId);
    const provider = providerOf(this.providers);
    // What is recorded under the caller's key is the intent: the answer is the account as it is then.
    await once.run(async (tx) => {
      await this.accounts.intend(tx, store, provider.name);
      return { storeId };
    });
    let terms = { country: store.country, currency: store.currency };
    const made = await madeOnce({
      intend: async () => {
        const { country, currency, ...making } = await this.accounts.intend(this.database, store, provider.name);
        terms = { country, currency };
        return making;
      },
      renew: (key) => this.accounts.renew(store, key),
      find: (askedAt) => provider.findAccount(storeId, askedAt),
      // Without an address: it may change, and another body under the same key is refused. The merchant gives it there.
      make: (key) => provider.createAccount(key, { ...terms, email: null, labels: { storeId } }),
      record: async (account) => {
        await this.database.transaction(async (tx) => {
          const recorded = await this.accounts.record(tx, storeId, account);
          if (recorded) await this.tell(tx, storeId, recorded.payable);
        });
        return account.id;
      },
    });
    if ('refused' in made) throw new PaymentAccountRefused(made.refused);
    return this.answer(store, await this.accounts.ofStore(storeId));
  }

  /** How the account stands; the provider is asked where we looked a minute ago or more. */
  async show(caller: Caller, storeId: string): Promise<PaymentAccountResponse> {
    const store = await this.ownStore(this.database, caller, storeId);
    const row = await this.accounts.ofStore(storeId);
    if (!row?.providerAccountId || !row.isStale || !this.providers.on) return this.answer(store, row);
    // It is told as it was known rather than not at all.
    await this.look(row).catch((error: unknown) => {
      if (!(error instanceof ProviderUnavailable)) throw error;
      this.logger.warn({ message: 'account not looked at', storeId });
    });
    return this.answer(store, await this.accounts.ofStore(storeId));
  }

  /** Where the merchant fills in what the provider asks for; good once, for minutes. Throws PaymentAccountMissing, InvalidField. */
  async link(caller: Caller, storeId: string, body: AccountLinkRequest, once: Once): Promise<AccountLinkResponse> {
    await this.ownStore(this.database, caller, storeId);
    const provider = providerOf(this.providers);
    for (const name of ['returnUrl', 'refreshUrl'] as const) {
      if (!isFrontEndUrl(body[name], this.config))
        throw new InvalidField(`/${name}`, 'must be an https address of this shop, without credentials');
    }
    // A link works once, so the same key gives another link; what it must not do is take another body.
    const { accountId } = await once.run(async (tx) => {
      const row = await this.accounts.ofStore(storeId, tx);
      if (!row?.providerAccountId) throw new PaymentAccountMissing();
      return { accountId: row.providerAccountId };
    });
    const outcome = await answerOf(() => provider.accountLink(accountId, body));
    if (outcome.type === 'refused') throw new PaymentAccountRefused(outcome.code);
    return AccountLinkResponse.of(outcome.value);
  }

  /**
   * Looks the account up at the provider and writes what has changed; for webhooks, which only say that something has.
   * False for an account that is no store's. Throws ProviderUnavailable.
   */
  async sync(providerAccountId: string): Promise<boolean> {
    const row = await this.accounts.ofProvider(providerOf(this.providers).name, providerAccountId);
    if (!row) return false;
    await this.look(row);
    return true;
  }

  /** Sets what the platform keeps of a merchant store's sales from now on; null: what the configuration says. For admins. */
  async setPlatformFee(caller: Caller, storeId: string, ppm: number | null): Promise<PlatformFeeResponse> {
    await this.database.transaction(async (tx) => {
      const store = (await this.directory.byIds([storeId], tx)).get(storeId);
      if (store?.kind !== 'merchant') throw new NotFound('store');
      await this.accounts.setFee(tx, storeId, this.providers.on ? this.providers.main.name : 'stripe', ppm);
      await this.events.publish(tx, accountEvent(PLATFORM_FEE_SET, storeId, { ppm, by: caller.id }));
    });
    return PlatformFeeResponse.of(ppm ?? this.config.PLATFORM_FEE_PPM, ppm === null);
  }

  private async look(row: AskedRow): Promise<void> {
    const id = row.providerAccountId!;
    const outcome = await repeatable(() => providerOf(this.providers).retrieveAccount(id));
    const isGone = outcome.type === 'refused' && ['not_found', 'account_not_ready'].includes(outcome.code);
    if (outcome.type !== 'done' && !isGone) throw new ProviderUnavailable();
    const account = outcome.type === 'done' ? outcome.value : { ...GONE, id };
    await this.database.transaction(async (tx) => {
      const synced = await this.accounts.sync(tx, row, account);
      if (synced && synced.wasPayable !== synced.payable) await this.tell(tx, row.storeId, synced.payable);
    });
  }

  private tell(tx: Tx, storeId: string, payable: boolean): Promise<void> {
    return this.events.publish(tx, accountEvent(ACCOUNT_CHANGED, storeId, { payable }));
  }

  private async ownStore(db: Tx | Database, caller: Caller, storeId: string): Promise<Store> {
    const store = await this.directory.ownedStore(db, caller, storeId);
    if (store.kind !== 'merchant') throw new NotFound('store');
    return store;
  }

  private async answer(store: Store, row: AskedRow | undefined): Promise<PaymentAccountResponse> {
    const payable = (await this.payables.of(this.database, [store.id])).get(store.id)!;
    return PaymentAccountResponse.of(row, payable);
  }
}
