import { Injectable } from '@nestjs/common';
import { Database, statement, type Reader } from '../../../platform/database';
import { linkStatusOf, type LinkStatus } from '../../accounts/accounts.repository';
import { StoreAccounts } from '../../accounts/store-accounts';
import type { StoreAccess } from '../../checkout-strategy';
import { Connections, IN_USE } from '../../connections/connections';
import { StoreCalls, type ReadyCall } from '../../connections/store-calls';
import { StoreWays } from './store-ways';

const ACCESS = statement(
  'oauth_api.access',
  `SELECT c.store_id AS id, c.issuer IS NULL AS "asMuse", c.options @> '{"guestCheckout": true}' AS "takesGuests", s.link_required AS "linkRequired",
          ${linkStatusOf('c.store_id', '$1::uuid')} AS status
     FROM store_connections c JOIN stores s ON s.id = c.store_id WHERE c.store_id = ANY ($2::uuid[]) AND ${IN_USE('c')}`,
);

interface AccessRow {
  id: string;
  /** No account is linked there: Muse itself is the customer of the interface. */
  asMuse: boolean;
  takesGuests: boolean;
  linkRequired: boolean;
  status: LinkStatus | null;
}

/** Connected stores, and accounts that shoppers have linked: a store serves who has linked one, or anybody if it takes guests. */
@Injectable()
export class LinkedStoreWays extends StoreWays {
  constructor(
    private readonly calls: StoreCalls,
    private readonly connections: Connections,
    private readonly database: Database,
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
    if (ready && ready.call.accessToken === null && !(await this.servesAnybody(storeId))) return null;
    return ready;
  }

  private async servesAnybody(storeId: string): Promise<boolean> {
    const connection = await this.connections.of(this.database, storeId);
    return connection !== null && (connection.oauth === null || connection.store.options['guestCheckout'] === true);
  }
}

/** A grant that is dead is no guest: calls with it fail until the account is linked again. */
function serves({ asMuse, takesGuests, status }: AccessRow): boolean {
  return asMuse || status === 'linked' || (takesGuests && status === 'not_linked');
}
