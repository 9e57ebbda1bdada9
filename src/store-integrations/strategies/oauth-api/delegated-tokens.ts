import { Injectable } from '@nestjs/common';
import { AmountNotChargeable, Payments } from '../../../payments';
import { Database } from '../../../platform/database';
import { Connections } from '../../connections/connections';
import type { StorePayment } from '../../protocols/store-api';
import { StoreFault } from '../../protocols/store-fault';

/** What a delegated token is to pay. */
export interface Delegation {
  /** Of the purchase: asked for again under it, it is the same token. */
  id: string;
  userId: string;
  storeId: string;
  /** Handlers that the store takes, by the provider's name. */
  delegatedTo: Record<string, string>;
  paymentMethodId: string;
  /** Never more than this, minor units. */
  maxCents: number;
  currency: string;
}

/**
 * Tokens of the payment provider by which a store takes what the shopper owes it from a card that they chose in Muse. Only
 * where the store's connection says as whom the provider knows it (`delegatedPayment`), and the provider makes such tokens.
 */
@Injectable()
export class DelegatedTokens {
  constructor(
    private readonly payments: Payments,
    private readonly connections: Connections,
    private readonly database: Database,
  ) {}

  /** Whether the store could be paid so. */
  async areTaken(storeId: string, delegatedTo: Record<string, string>): Promise<boolean> {
    const provider = this.payments.delegatesBy;
    if (provider === null || delegatedTo[provider] === undefined) return false;
    return (await this.sellerOf(storeId, provider)) !== null;
  }

  /** Null where none can be had. Throws StoreFault `unavailable` where the provider does not say. */
  async tokenFor({ delegatedTo, ...wanted }: Delegation): Promise<StorePayment | null> {
    const provider = this.payments.delegatesBy;
    const handlerId = provider === null ? undefined : delegatedTo[provider];
    if (provider === null || handlerId === undefined) return null;
    const seller = await this.sellerOf(wanted.storeId, provider);
    if (seller === null || wanted.maxCents <= 0) return null;
    const came = await this.payments.delegate({ ...wanted, seller }).catch((error: unknown) => {
      if (error instanceof AmountNotChargeable) return { type: 'refused' as const };
      throw error;
    });
    if (came.type === 'granted') return { type: 'delegated', provider, handlerId, token: came.token };
    if (came.type === 'refused') return null;
    throw new StoreFault('unavailable', 'no_payment_token', 'The payment service does not answer at present.');
  }

  /** The purchase came to nothing: a token that was given for it shall take nothing. */
  async end(id: string): Promise<void> {
    await this.database.transaction((tx) => this.payments.endDelegation(tx, id));
  }

  private async sellerOf(storeId: string, provider: string): Promise<string | null> {
    const connection = await this.connections.of(this.database, storeId);
    const sellers = connection?.store.options['delegatedPayment'];
    const seller = (sellers as Record<string, unknown> | undefined)?.[provider];
    return typeof seller === 'string' ? seller : null;
  }
}
