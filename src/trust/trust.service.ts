import { Injectable } from '@nestjs/common';
import type { Caller } from '../identity';
import { OrderParties } from '../orders';
import { Database, statement } from '../platform/database';
import { NotFound } from '../platform/http';
import { StoreDirectory } from '../stores';
import { NO_ARBITRATION } from './disclaimer';
import type { BuyerTrustResponse, StoreTrustResponse, TrustResponse, UserTrustResponse } from './dto/trust.response';
import { sharedSide } from './shared-side';
import { TrustFactsReader, type KnownFacts } from './trust-facts';
import { trustScore } from './trust-score';

// The two ways in which two users can share an order: the one bought, or the other did.
const SHARED = `SELECT FROM stores s JOIN orders o ON o.store_id = s.id WHERE s.kind = 'merchant'`;
const SHARE_AN_ORDER = statement(
  'trust.share_an_order',
  `SELECT EXISTS (${SHARED} AND s.owner_user_id = $1 AND o.buyer_user_id = $2)
       OR EXISTS (${SHARED} AND s.owner_user_id = $2 AND o.buyer_user_id = $1) AS shared`,
);

/** Scores: of stores for everybody, of users for those only who share an order with them. */
@Injectable()
export class TrustService {
  constructor(
    private readonly facts: TrustFactsReader,
    private readonly parties: OrderParties,
    private readonly stores: StoreDirectory,
    private readonly database: Database,
  ) {}

  /** Throws NotFound for an unknown or closed store, and for a partner's: Muse sees nothing of what happens there. */
  async ofStore(storeId: string): Promise<StoreTrustResponse> {
    const store = await this.stores.activeStore(storeId);
    if (store.kind !== 'merchant') throw new NotFound('store');
    return { storeId, ...shown(await this.facts.ofStore(storeId), 'store') };
  }

  /** As a buyer, for the other side of an order that both share. Throws NotFound. */
  async ofUser(caller: Caller, userId: string): Promise<UserTrustResponse> {
    const found = await this.database.maybeOne<{ shared: boolean }>(SHARE_AN_ORDER, [caller.id, userId]);
    if (!found?.shared || caller.id === userId) throw new NotFound('user');
    return { userId, ...shown(await this.facts.ofUser(userId), 'buyer') };
  }

  /** Of an order's buyer, for its merchant; whoever it is. Throws NotFound, NotBetweenTwo. */
  async ofBuyer(caller: Caller, storeId: string, orderId: string): Promise<BuyerTrustResponse> {
    const of = { side: 'merchant', storeId } as const;
    const { buyerUserId } = sharedSide(await this.parties.look(this.database, caller, orderId), of);
    const facts = await (buyerUserId ? this.facts.ofUser(buyerUserId) : this.facts.ofUnnamedBuyer(orderId));
    return { orderId, buyer: buyerUserId ? 'user' : 'unnamed', ...shown(facts, 'buyer') };
  }
}

function shown(facts: KnownFacts, of: 'store' | 'buyer'): TrustResponse {
  const { score, evidence, terms } = trustScore(facts, of);
  const count = facts.stars.reduce((sum, given) => sum + given, 0);
  const stars = facts.stars.reduce((sum, given, index) => sum + given * (index + 1), 0);
  return {
    score,
    evidence,
    verifiedSales: facts.verifiedSales,
    counterparties: facts.counterparties.length,
    ratings: { count, average: count === 0 ? null : Math.round((stars / count) * 100) / 100, stars: [...facts.stars] },
    upheldReports: facts.reporters.length,
    terms,
    disclaimer: NO_ARBITRATION,
  };
}
