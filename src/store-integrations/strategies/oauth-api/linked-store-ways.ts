import { Injectable } from '@nestjs/common';
import { statement, type Reader } from '../../../platform/database';
import { linkStatusOf, type LinkStatus } from '../../accounts/accounts.repository';
import { StoreAccounts } from '../../accounts/store-accounts';
import type { StoreAccess } from '../../checkout-strategy';
import { IN_USE, TAKES_GUESTS } from '../../connections/connections';
import { StoreCalls, type ReadyCall } from '../../connections/store-calls';
import { StoreWays } from './store-ways';

const ACCESS = statement(
  'oauth_api.access',
  `SELECT c.store_id AS id, ${TAKES_GUESTS('c')} AS "takesGuests", s.link_required AS "linkRequired",
          ${linkStatusOf('c.store_id', '$1::uuid')} AS status
     FROM store_connections c JOIN stores s ON s.id = c.store_id WHERE c.store_id = ANY ($2::uuid[]) AND ${IN_USE('c')}`,
);

interface AccessRow {
  id: string;
  takesGuests: boolean;
  linkRequired: boolean;
  /** Null where no account can be linked: Muse itself is the customer of the interface. */
  status: LinkStatus | null;
}

/** Connected stores, and accounts that shoppers have linked: a store serves who has linked one, or anybody if it takes guests. */
@Injectable()
export class LinkedStoreWays extends StoreWays {
  constructor(
    private readonly calls: StoreCalls,
    private readonly accounts: StoreAccounts,
  ) {
    super();
  }

  async access(reader: Reader, userId: string | null, storeIds: string[]): Promise<Map<string, StoreAccess>> {
    const rows = await reader.rows<AccessRow>(ACCESS, [userId, storeIds]);
    return new Map(rows.map((row) => [row.id, { serves: serves(row), link: this.accounts.linkOf(row, row.status) }]));
  }

  async call(
    storeId: string,
    userId: string | null,
    idempotencyKey: string,
    timeoutMs: number,
  ): Promise<ReadyCall | null> {
    const ready = await this.calls.of(storeId, userId, idempotencyKey, timeoutMs);
    // Unlinked since it was quoted: to a store that takes no guests Muse has nothing to say.
    return ready?.isServed ? ready : null;
  }
}

/** A grant that is dead is no guest: calls with it fail until the account is linked again. */
function serves({ takesGuests, status }: AccessRow): boolean {
  return status === 'linked' || (takesGuests && status !== 'relink');
}
