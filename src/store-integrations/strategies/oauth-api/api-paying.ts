import { Injectable } from '@nestjs/common';
import type { Placement, ShopperAtStore } from '../../checkout-strategy';
import type { RemoteCheckout, StoreInstrument, StorePayment } from '../../protocols/store-api';
import type { ApiCheckout } from './api-checkouts.repository';
import { DelegatedTokens } from './delegated-tokens';
import { derivedId } from './remote-quote';

/** In the place of an instrument's id: it was paid with a token of the payment provider. */
export const BY_TOKEN = 'muse:token';

/** What is to be paid, and what it was asked with before. */
interface Payable {
  placement: Placement;
  shopper: ShopperAtStore;
  row: Pick<ApiCheckout, 'instrumentId'>;
}

/** How a store is paid for a placement. Guarantee: the same for every try, however often the store is asked. */
@Injectable()
export class ApiPaying {
  constructor(private readonly tokens: DelegatedTokens) {}

  /** The instrument that the shopper chose; else a token of their payment method in Muse; else the one that the store takes by itself. */
  async choose({ placement, shopper, row }: Payable, remote: RemoteCheckout): Promise<StorePayment | null> {
    const { agreedTotalCents: maxCents, currency } = placement;
    // What it was asked with before: the same question, the same payment.
    const wanted = row.instrumentId ?? shopper.storeInstrumentId;
    const saved = (of: StoreInstrument): StorePayment => ({ type: 'saved', instrumentId: of.id, maxCents });
    const chosen = remote.instruments.find(({ id }) => id === wanted);
    if (chosen) return saved(chosen);
    // What was named is not there any more: nothing else is charged for it unasked.
    if (wanted !== null && wanted !== BY_TOKEN) return null;
    const { paymentMethodId, userId } = shopper;
    if (paymentMethodId !== null && userId !== null) {
      const { delegatedTo } = remote;
      const of = { id: delegationOf(placement), userId, storeId: placement.store.id, delegatedTo, paymentMethodId };
      const token = await this.tokens.tokenFor({ ...of, maxCents, currency });
      if (token) return token;
    }
    const usual = remote.instruments.find(({ isDefault }) => isDefault) ?? remote.instruments[0];
    return usual && wanted === null ? saved(usual) : null;
  }

  /** The placement came to nothing: a token that was given for it shall take nothing. */
  end(placement: Placement): Promise<void> {
    return this.tokens.end(delegationOf(placement));
  }
}

/** The id under which a token of the payment provider is asked for, however often. */
function delegationOf({ placementId }: Placement): string {
  return derivedId(placementId, 'delegate');
}
