import { Injectable } from '@nestjs/common';
import type { NoQuote, Problem, ShopperAtStore, StoreGroup, StoreQuote } from '../../checkout-strategy';
import type { RemoteCheckout, StoreProtocol } from '../../protocols/store-api';
import { StoreFault } from '../../protocols/store-fault';
import { quoteFromTables } from '../../quote-from-tables';
import { reached } from '../../store-steps';
import { ApiCheckouts, type ApiCheckout } from './api-checkouts.repository';
import { basketOf } from './basket';
import { DelegatedTokens } from './delegated-tokens';
import { derivedId, noQuote, quoteOf, storesOwn } from './remote-quote';
import { StoreAsking, type Asking } from './store-asking';

const CONFLICT_MS = 1_000;

/** Asks a store what a group comes to, by making its own checkout there or bringing it up to date. */
@Injectable()
export class ApiQuoting {
  constructor(
    private readonly rows: ApiCheckouts,
    private readonly asker: StoreAsking,
    private readonly tokens: DelegatedTokens,
  ) {}

  async quote(group: StoreGroup, shopper: ShopperAtStore): Promise<StoreQuote | NoQuote> {
    const { store } = group;
    if (!store.open) return quoteFromTables(group);
    const asking = await this.asker.begin(store.id, shopper.userId, shopper.until);
    if (!asking) return noQuote('store_down', `${store.name} does not answer at present.`);
    const row = await this.rows.begin(shopper.storeCheckoutId, store.id);
    // Placed meanwhile: nobody waits for this answer.
    if (row.state !== 'open') return noQuote('placed', `${store.name} has been asked for the order.`);
    try {
      const remote = await this.agree(group, shopper, row, asking);
      if (!remote) return noQuote('not_sold_by_api', `Not all of this is sold by ${store.name}'s API.`);
      return quoteOf(group, remote, await this.tokens.areTaken(store.id, remote.delegatedTo));
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      return this.faulty(group, error);
    }
  }

  /** A checkout that the store has ended, or does not know any more, is made anew. Null: Muse does not know what it calls the goods. */
  private async agree(
    group: StoreGroup,
    shopper: ShopperAtStore,
    row: ApiCheckout,
    asking: Asking,
  ): Promise<RemoteCheckout | null> {
    const known = row.remoteExpired ? null : row.remoteId;
    try {
      const remote = await this.bring(group, shopper, row, asking, known);
      if (known === null || remote === null || !isOver(remote)) return remote;
    } catch (error) {
      if (known === null || !(error instanceof StoreFault) || error.kind !== 'refused') throw error;
      const there = await this.asker.ask(asking, derivedId(row.id, 'retrieve'), (api, call) =>
        api.retrieve(call, known),
      );
      if (there && !isOver(there)) throw error;
    }
    return this.bring(group, shopper, row, asking, null);
  }

  private async bring(
    { lines, store }: StoreGroup,
    shopper: ShopperAtStore,
    row: ApiCheckout,
    asking: Asking,
    checkoutId: string | null,
  ): Promise<RemoteCheckout | null> {
    const basket = basketOf(shopper, lines, store.currency, checkoutId);
    if (!basket) return null;
    // Of what is asked, too: a worker that takes over asks the same under the same key, and something else under another.
    const key = derivedId(row.id, 'quote', row.version, JSON.stringify(basket));
    let protocol: StoreProtocol = 'private';
    reached('to_quote', row.id);
    const remote = await this.asker.ask(asking, key, (api, call) => {
      protocol = api.protocol;
      return api.quote(call, basket);
    });
    reached('quoted', row.id);
    await this.rows.agreed(row.id, protocol, remote);
    row.version++;
    return remote;
  }

  private faulty(group: StoreGroup, fault: StoreFault): StoreQuote | NoQuote {
    const { code, detail, retryAfterMs } = fault;
    switch (fault.kind) {
      case 'refused':
        return refused(group, fault);
      case 'relink':
        return { unquoted: 'relink', code, detail };
      case 'throttled':
      case 'conflict':
        return { unquoted: 'throttled', code, detail, retryAfterMs: retryAfterMs ?? CONFLICT_MS };
      default:
        return { unquoted: 'unavailable', code, detail };
    }
  }
}

function isOver({ status }: RemoteCheckout): boolean {
  return status === 'expired' || status === 'canceled';
}

/** The store has said no to this basket: shown as it would be bought, with what stands in the way. */
function refused(group: StoreGroup, { code, detail, itemId }: StoreFault): StoreQuote {
  const { store, lines } = group;
  const subtotalCents = lines.reduce((sum, line) => sum + line.unitPriceCents * line.quantity, 0);
  const of = { storeId: store.id, ...(itemId !== null && { itemId }), detail };
  const problem: Problem = /^(out_of_stock|stock_short)$/.test(code)
    ? { code: 'out_of_stock', severity: 'blocking', ...of }
    : { code: storesOwn(code), severity: 'blocking', ...of };
  return {
    unitPricesCents: lines.map((line) => line.unitPriceCents),
    ...{ subtotalCents, discountCents: 0, shippingCents: 0, fees: [], taxCents: 0, totalCents: subtotalCents },
    ...{ deliveryOptions: [], deliveryOptionId: null, problems: [problem] },
  };
}
