import { Injectable, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Accounts, ClaimRegistry, ErasureRegistry, Unauthenticated, type Caller } from '../../identity';
import { Database, brokenConstraint, type Tx } from '../../platform/database';
import { Counters, NotFound, type Once } from '../../platform/http';
import { Jobs } from '../../platform/jobs';
import { PaymentProviders, type PaymentProvider, type ProviderMethod } from '../provider';
import { ProviderUnavailable, answerOf, providerOf } from '../provider-calls';
import { Customers } from './customers';
import type { SaveMethodRequest } from './dto/payment-method.request';
import { PaymentMethodListResponse, PaymentMethodResponse, SetupResponse } from './dto/payment-method.response';
import {
  MethodNotUsable,
  OneTimeTokenNeeded,
  PaymentMethodLimitReached,
  SavingNotOffered,
  SetupNotFinished,
} from './methods.errors';
import { SAVINGS } from './methods.limits';
import { METHODS_KEPT, PaymentMethodsRepository, type MethodRow } from './payment-methods.repository';
import { Removals } from './removals';

const FORGET_EVERY_MS = 60 * 60 * 1000;

/**
 * What shoppers pay with: tokens of the provider, saved for users and good for one payment for everybody.
 * Guarantees: a token is one shopper's; no call is made in a transaction; what is removed is gone here at once and detached
 * at the provider by a worker.
 * Errors: NotFound for another's method and token; PaymentsNotOffered, ProviderUnavailable.
 */
@Injectable()
export class PaymentMethods implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly providers: PaymentProviders,
    private readonly customers: Customers,
    private readonly methods: PaymentMethodsRepository,
    private readonly removals: Removals,
    private readonly counters: Counters,
    private readonly claims: ClaimRegistry,
    private readonly erasures: ErasureRegistry,
    private readonly jobs: Jobs,
    private readonly accounts: Accounts,
  ) {}

  onModuleInit(): void {
    this.claims.register('payment-methods', (tx, guestId, userId) => this.methods.claim(tx, guestId, userId));
    this.erasures.register('payment-methods', (tx, userId) => this.forget(tx, userId), {
      payment_methods: true,
      payment_customers: true,
      payment_setups: true,
    });
    this.jobs.every(FORGET_EVERY_MS, 'old payment setups', () => this.methods.forgetOldSetups());
    this.jobs.every(FORGET_EVERY_MS, 'methods for one payment', () => this.methods.forgetOldOnce());
  }

  /** The user's saved methods, the default first. */
  async list(caller: Caller): Promise<PaymentMethodListResponse> {
    return PaymentMethodListResponse.of(await this.methods.list(caller.id));
  }

  /** Begins the saving of a method: the client gives it to the provider with the secret. Throws SavingNotOffered. */
  async setUp(caller: Caller, once: Once): Promise<SetupResponse> {
    const provider = providerOf(this.providers);
    assertMaySave(caller);
    // The intent is what the caller's key stands for: asked again, the provider's own setup of it is shown once more.
    const { setupId } = await once.run(async (tx) => {
      const made = await this.methods.makeSetup(tx, caller.id, provider.name);
      if (made === undefined) throw new Unauthenticated(true);
      return { setupId: made };
    });
    const setup = await this.methods.setup(this.database, setupId, caller.id);
    const made = setup?.providerSetupId ?? (await this.madeSetup(provider, setupId, caller.id));
    const outcome = await answerOf(() => provider.retrieveSetup(made));
    if (outcome.type === 'refused') throw new ProviderUnavailable();
    return SetupResponse.of(setupId, outcome.value.clientSecret);
  }

  /** A setup more than is needed does no harm: nothing comes of one without its client. */
  private async madeSetup(provider: PaymentProvider, setupId: string, userId: string): Promise<string> {
    const customerId = await this.customers.of(userId);
    let key = setupId;
    const outcome = await answerOf(async () => {
      const asked = key;
      key = randomUUID();
      return provider.setupIntent(asked, customerId);
    });
    if (outcome.type === 'refused') throw new ProviderUnavailable();
    const stands = await this.methods.recordSetup(setupId, outcome.value.id);
    if (stands === undefined) throw new Unauthenticated();
    return stands;
  }

  /**
   * Saves what was set up, or a token of the provider; with the same Idempotency-Key once, whatever the token names by then.
   * Throws SavingNotOffered, SetupNotFinished, MethodNotUsable, PaymentMethodLimitReached.
   */
  async save(
    caller: Caller,
    { setupId, providerToken }: SaveMethodRequest,
    once: Once,
  ): Promise<PaymentMethodResponse> {
    const provider = providerOf(this.providers);
    assertMaySave(caller);
    const { intentId, providerSetupId } = await once.run(async (tx) => {
      await this.accounts.present(tx, caller);
      const intent = { intentId: randomUUID(), providerSetupId: null };
      if (setupId == null) return intent;
      const setup = await this.methods.setup(tx, setupId, caller.id);
      if (!setup) throw new NotFound('setup');
      if (setup.providerSetupId === null) throw new SetupNotFinished();
      return { ...intent, providerSetupId: setup.providerSetupId };
    });
    const saved = await this.methods.ofIntent(intentId, caller.id);
    if (saved?.isRemoved) throw new NotFound('payment method');
    if (saved) return PaymentMethodResponse.of(saved);
    const token = providerSetupId === null ? providerToken! : await this.tokenOf(provider, providerSetupId);
    const pointer = providerSetupId === null ? '/providerToken' : '/setupId';
    return PaymentMethodResponse.of(await this.keep(caller, provider, token, pointer, intentId));
  }

  async makeDefault(caller: Caller, id: string): Promise<PaymentMethodResponse> {
    const method = await this.database.transaction(async (tx) => {
      await this.methods.lockCustomer(tx, caller.id);
      // Looked at first: what is not theirs must not cost them their default.
      const own = await this.methods.ofShopper(tx, id, caller.id);
      if (!own || own.singleUse) throw new NotFound('payment method');
      return this.methods.setDefault(tx, caller.id, id);
    });
    return PaymentMethodResponse.of(method!);
  }

  /** Gone here at once; a worker detaches it at the provider. The newest of the others becomes the default. */
  async remove(caller: Caller, id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.methods.lockCustomer(tx, caller.id);
      const removed = await this.methods.remove(tx, caller.id, id);
      if (!removed) throw new NotFound('payment method');
      await this.removals.add(tx, detachOf(removed));
    });
  }

  /**
   * The shopper's method; a one-time token becomes a single-use row, or with `save` a saved method.
   * Calls the provider: never inside a transaction. A token that is not known yet counts like a saving, whatever comes of
   * it: else this would be the way to try stolen cards out. Throws NotFound, SavingNotOffered, MethodNotUsable,
   * PaymentMethodLimitReached, RateLimited. `onlyOnce`: for a payment that leads to nobody, so nothing that is saved is taken
   * (OneTimeTokenNeeded).
   */
  async adopt(
    caller: Pick<Caller, 'id' | 'kind' | 'privacy'>,
    token: { paymentMethodId: string } | { providerToken: string; save?: boolean },
    { onlyOnce = false, countedAs = caller.id }: { onlyOnce?: boolean; countedAs?: string } = {},
  ): Promise<{ id: string; kind: string; brand: string | null; last4: string | null }> {
    if ('paymentMethodId' in token) {
      const own = await this.methods.ofShopper(this.database, token.paymentMethodId, caller.id);
      if (!own) throw new NotFound('payment method');
      if (onlyOnce && !own.singleUse) throw new OneTimeTokenNeeded('/paymentMethodId');
      return shown(own);
    }
    if (onlyOnce && token.save) throw new OneTimeTokenNeeded('/save');
    const provider = providerOf(this.providers);
    if (token.save) assertMaySave(caller);
    const known = await this.methods.ofToken(provider.name, token.providerToken, caller.id);
    if (known && !known.isOwn) throw new NotFound('payment method');
    if (known && onlyOnce && !known.singleUse) throw new OneTimeTokenNeeded('/providerToken');
    if (known && !(token.save && known.singleUse)) return shown(known);
    await this.counters.take(SAVINGS, countedAs);
    if (token.save) return shown(await this.keep(caller, provider, token.providerToken, '/providerToken'));
    const seen = await this.look(provider, token.providerToken);
    if (onlyOnce && seen.customerId !== null) throw new OneTimeTokenNeeded('/providerToken');
    // Attached already: only one's own, and then it is a saved one.
    if (seen.customerId !== null)
      return shown(await this.keep(caller, provider, token.providerToken, '/providerToken'));
    const adopted = await this.methods.adopt(caller.id, provider.name, seen);
    if (!adopted) throw new NotFound('payment method');
    return shown(adopted);
  }

  /** A method for one payment that nobody is to find with whom it was: gone, if it is one. */
  async forgetOnce(tx: Tx, id: string): Promise<void> {
    await this.methods.deleteOnce(tx, id);
  }

  private async tokenOf(provider: PaymentProvider, providerSetupId: string): Promise<string> {
    const outcome = await answerOf(() => provider.retrieveSetup(providerSetupId));
    if (outcome.type === 'refused') throw new NotFound('setup');
    const { isDone, providerMethodId } = outcome.value;
    if (!isDone || providerMethodId === null) throw new SetupNotFinished();
    return providerMethodId;
  }

  /** Attaches a method to the user's customer, if nobody else has it, and keeps it. */
  private async keep(
    caller: Pick<Caller, 'id'>,
    provider: PaymentProvider,
    token: string,
    pointer: string,
    intentId: string | null = null,
  ): Promise<MethodRow> {
    const known = await this.methods.ofToken(provider.name, token, caller.id);
    if (known && !known.isOwn) throw new NotFound('payment method');
    if (known && !known.singleUse) return known;
    const seen = await this.look(provider, token);
    const own = await this.methods.customerOf(caller.id);
    if (seen.customerId !== null && seen.customerId !== own) throw new NotFound('payment method');
    if (own !== null && (await this.methods.list(caller.id)).length >= METHODS_KEPT)
      throw new PaymentMethodLimitReached(METHODS_KEPT);
    const attached = seen.customerId === null ? await this.attach(caller, provider, seen, pointer) : seen;
    try {
      return await this.written(caller, provider, attached, intentId);
    } catch (error) {
      // The same key at the same moment: the other's row is the answer, and what was attached here need not stay.
      if (brokenConstraint(error) !== 'payment_methods_one_per_intent') throw error;
      await this.database.transaction((tx) =>
        this.removals.add(tx, detachOf({ provider: provider.name, providerMethodId: attached.id })),
      );
      return (await this.methods.ofIntent(intentId!, caller.id))!;
    }
  }

  private async attach(
    caller: Pick<Caller, 'id'>,
    provider: PaymentProvider,
    { id }: ProviderMethod,
    pointer: string,
  ): Promise<ProviderMethod> {
    const customerId = await this.customers.of(caller.id);
    // Attaching is as good done twice as once; a key that was used before would hide that it has been detached since.
    const outcome = await answerOf(() => provider.attachMethod(randomUUID(), id, customerId));
    if (outcome.type === 'done') return outcome.value;
    // Somebody else was quicker, or the method is used up.
    const now = await this.look(provider, id);
    if (now.customerId === customerId) return now;
    if (now.customerId !== null) throw new NotFound('payment method');
    throw new MethodNotUsable(pointer);
  }

  private async written(
    caller: Pick<Caller, 'id'>,
    provider: PaymentProvider,
    method: ProviderMethod,
    intentId: string | null,
  ): Promise<MethodRow> {
    const saved = await this.database.transaction(async (tx) => {
      const customer = await this.methods.lockCustomer(tx, caller.id);
      const row = customer && (await this.methods.save(tx, caller.id, provider.name, method, intentId));
      // No room any more, or the person was forgotten meanwhile: then it is not to stay there either.
      if (!row) await this.removals.add(tx, detachOf({ provider: provider.name, providerMethodId: method.id }));
      return { row, isForgotten: customer === undefined };
    });
    if (saved.row) return saved.row;
    throw saved.isForgotten ? new Unauthenticated() : new PaymentMethodLimitReached(METHODS_KEPT);
  }

  /** What the provider says of a token. NotFound for one that it does not know. */
  private async look(provider: PaymentProvider, token: string): Promise<ProviderMethod> {
    const outcome = await answerOf(() => provider.retrieveMethod(token));
    if (outcome.type === 'refused') throw new NotFound('payment method');
    return outcome.value;
  }

  /** Methods are detached and the customer deleted, by workers; of the rows nothing is left but that there were some. */
  private async forget(tx: Tx, userId: string): Promise<void> {
    const customer = await this.methods.forgetCustomer(tx, userId);
    const forgotten = await this.methods.forget(tx, userId);
    const removals = forgotten.filter(({ singleUse }) => !singleUse).map(detachOf);
    await this.removals.add(tx, ...removals);
    if (!customer) return;
    const { provider, providerCustomerId, askedAt } = customer;
    if (providerCustomerId !== null)
      await this.removals.add(tx, { kind: 'delete_customer', provider, ref: providerCustomerId });
    else await this.removals.add(tx, { kind: 'find_customer', provider, ref: userId, askedAt });
  }
}

/** Users without special privacy: others pay with one-time tokens, and no customer is made of them. */
function assertMaySave({ kind, privacy }: Pick<Caller, 'kind' | 'privacy'>): void {
  if (kind !== 'user' || privacy === 'paranoid') throw new SavingNotOffered();
}

function detachOf({ provider, providerMethodId }: { provider: string; providerMethodId: string }) {
  return { kind: 'detach_method', provider, ref: providerMethodId } as const;
}

function shown({ id, kind, brand, last4 }: MethodRow) {
  return { id, kind, brand, last4 };
}
