import { Injectable } from '@nestjs/common';
import type { Reader } from '../../../platform/database';
import type {
  CheckoutStrategy,
  NoQuote,
  Placement,
  PlacementOutcome,
  StoreAccess,
  StoreGroup,
  StoreQuote,
} from '../../checkout-strategy';
import type { StoreFacts } from '../../store-facts';
import { ApiPlacing } from './api-placing';
import { ApiQuoting } from './api-quoting';
import { StoreWays } from './store-ways';

/**
 * A store that Muse checks out at by the store's own API, for a shopper who has linked an account there (or for anybody,
 * where the store takes guests). Whoever speaks to it, UCP, ACP or an adapter, this never asks.
 */
@Injectable()
export class OauthApiStrategy implements CheckoutStrategy {
  readonly tier = 'oauth_api';
  readonly checkout = 'in_muse';
  readonly repeatable = false;
  readonly looksUp = true;
  readonly speaksForShopper = true;
  readonly quotesAtOnce = false;

  constructor(
    private readonly ways: StoreWays,
    private readonly quoting: ApiQuoting,
    private readonly placing: ApiPlacing,
  ) {}

  reaches({ connected }: StoreFacts): boolean {
    return connected;
  }

  accessTo(reader: Reader, userId: string | null, storeIds: string[]): Promise<Map<string, StoreAccess>> {
    return this.ways.access(reader, userId, storeIds);
  }

  quote(group: StoreGroup): Promise<StoreQuote | NoQuote> {
    return this.quoting.quote(group, group.shopper!);
  }

  place(placement: Placement): Promise<PlacementOutcome> {
    return this.placing.place(placement, placement.shopper!);
  }
}
