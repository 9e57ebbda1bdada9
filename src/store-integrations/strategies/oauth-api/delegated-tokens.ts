import { Injectable } from '@nestjs/common';
import type { StorePayment } from '../../protocols/store-api';

/** What a delegated token is to pay. */
export interface Delegation {
  storeId: string;
  /** Handlers that the store takes, by the provider's name. */
  delegatedTo: Record<string, string>;
  paymentMethodId: string;
  /** Never more than this, minor units. */
  maxCents: number;
  currency: string;
  /** The same for the same placement: asked for again, it is the same token. */
  idempotencyKey: string;
}

/** Tokens of the payment provider that let one store charge the shopper's method once. */
export abstract class DelegatedTokens {
  /** Null where none can be had: nobody offers them, or not for this store or method. */
  abstract tokenFor(delegation: Delegation): Promise<StorePayment | null>;
}

/** While no payment provider makes any. */
@Injectable()
export class NoDelegatedTokens extends DelegatedTokens {
  tokenFor(): Promise<null> {
    return Promise.resolve(null);
  }
}
