import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry } from '../../identity';
import type { Tx } from '../../platform/database';
import { Jobs, reasonOf } from '../../platform/jobs';
import { AmountNotChargeable } from '../payments.errors';
import { OutcomeUnknown, PaymentProviders, type PaymentProvider } from '../provider';
import { answerOf } from '../provider-calls';
import { DelegationsRepository, type DelegationRow } from './delegations.repository';

const END_EVERY_MS = 10_000;
const FORGET_EVERY_MS = 60 * 60 * 1000;

/** What a shopper lets a store take. */
export interface NewDelegation {
  /** The purchase, by an id of the caller's: asked again under it, the same token is given. */
  id: string;
  userId: string;
  /** A saved method of the user's; null: the default. */
  paymentMethodId: string | null;
  storeId: string;
  /** The store, as the payment provider knows it: it stands in the store's connection. */
  seller: string;
  /** The most that the store may take. */
  maxCents: number;
  currency: string;
}

/**
 * What came of it. `token` is a secret of this purchase: it is handed to the store and nowhere kept or logged.
 * `refused`: this method, or these terms; `code` is a RefusalCode, `no_method`, `terms_changed`, `expired` or `ended`.
 * `unavailable`: the provider did not say; asked again later under the same id.
 */
export type Delegated =
  | { type: 'granted'; provider: string; token: string; expiresAt: Date }
  | { type: 'refused'; code: string }
  | { type: 'unavailable'; code: string };

/**
 * Tokens by which a store takes money itself from a card that a shopper has saved with Muse's payment provider: for one store,
 * up to one amount, within the hour. One card can pay at N stores so, each with a token of its own.
 * Guarantees: an intent is committed before the provider is asked; under one id there is one token, whoever asks and however
 * often; no token is stored; what is ended is revoked at the provider by a worker.
 */
@Injectable()
export class Delegations implements OnModuleInit {
  private readonly logger = new Logger('Payments');

  constructor(
    private readonly repository: DelegationsRepository,
    private readonly providers: PaymentProviders,
    private readonly jobs: Jobs,
    private readonly erasures: ErasureRegistry,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    this.jobs.every(END_EVERY_MS, 'delegated payments to end', () => this.endOnce());
    this.jobs.every(FORGET_EVERY_MS, 'old delegated payments', () => this.repository.forgetOld());
    // The methods are detached with the account, and a token is good for an hour at most.
    this.erasures.register('payment-delegations', (tx, userId) => this.repository.forget(tx, userId), {
      payment_delegations: true,
    });
    this.exports.leaveOut('payment-delegations', {
      payment_delegations:
        'that a store may take a payment within the hour; deleted a day later, and shown with the order',
    });
  }

  /** Whose tokens can be had: the provider's name, or null where there is none that makes any. */
  get provider(): string | null {
    return this.providers.all.find(({ delegate }) => delegate !== undefined)?.name ?? null;
  }

  async delegate(wanted: NewDelegation): Promise<Delegated> {
    const provider = this.providers.all.find(({ delegate }) => delegate !== undefined);
    if (!provider) return { type: 'refused', code: 'not_offered' };
    const unit = provider.granularityOf(wanted.currency);
    if (wanted.maxCents <= 0 || wanted.maxCents % unit !== 0) throw new AmountNotChargeable(unit, wanted.currency);
    const row = await this.repository.intend({ ...wanted, provider: provider.name });
    if (!row) return { type: 'refused', code: 'no_method' };
    const standing = standingOf(row, wanted);
    if (standing) return standing;
    try {
      return await this.asked(provider, row);
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
      // The provider failed, and would give this key the same answer for a day. What it may have made is nobody's.
      if (error.code.startsWith('http_')) await this.repository.renewKey(row.id, row.providerKey);
      return { type: 'unavailable', code: error.code };
    }
  }

  /** The purchase came to nothing: whoever has its token shall not take anything by it. In the transaction of the cause. */
  async end(tx: Tx, id: string): Promise<void> {
    await this.repository.end(tx, id);
  }

  private async asked(provider: PaymentProvider, row: DelegationRow): Promise<Delegated> {
    const outcome = await provider.delegate!(row.providerKey, orderOf(row));
    if (outcome.type === 'unavailable') return outcome;
    if (outcome.type === 'refused') {
      await this.repository.refused(row.id, outcome.code);
      return outcome;
    }
    const { token, isUsable } = outcome.value;
    if (!isUsable) {
      // The bank wants to see the shopper, and nobody is there.
      await this.repository.refused(row.id, 'authentication_failed');
      return { type: 'refused', code: 'authentication_failed' };
    }
    if (!(await this.repository.granted(row.id))) return { type: 'refused', code: 'ended' };
    return { type: 'granted', provider: provider.name, token, expiresAt: row.expiresAt };
  }

  /** One round of the worker: asks for each token once more, by its key, and revokes it. */
  async endOnce(): Promise<void> {
    for (const row of await this.repository.ending()) {
      try {
        if (row.isOver || (await this.revoked(row))) await this.repository.ended(row.id);
      } catch (error) {
        this.logger.warn({ message: 'delegated payment not ended', delegationId: row.id, reason: reasonOf(error) });
      }
    }
  }

  private async revoked(row: DelegationRow): Promise<boolean> {
    const provider = this.providers.named(row.provider);
    if (!provider.delegate || !provider.endDelegation) return false;
    const found = await answerOf(() => provider.delegate!(row.providerKey, orderOf(row)));
    if (found.type === 'refused') return true;
    const outcome = await answerOf(() => provider.endDelegation!(found.value.token));
    // One that was used up, or is over, is refused: there is nothing to end.
    return outcome.type === 'done' || outcome.type === 'refused';
  }
}

function standingOf(row: DelegationRow, wanted: NewDelegation): Delegated | null {
  if (row.status === 'ending' || row.status === 'ended') return { type: 'refused', code: 'ended' };
  if (row.status === 'refused') return { type: 'refused', code: row.refusalCode! };
  if (row.isOver) return { type: 'refused', code: 'expired' };
  const isSame = (['storeId', 'seller', 'maxCents', 'currency'] as const).every((name) => row[name] === wanted[name]);
  return isSame ? null : { type: 'refused', code: 'terms_changed' };
}

function orderOf({ providerMethodId, seller, maxCents, currency, id, expiresAt }: DelegationRow) {
  return { providerMethodId, seller, reference: id, amountCents: maxCents, currency, expiresAt };
}
