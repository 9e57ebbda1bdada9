import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse, money } from '../../../../platform/money';
import { NETWORK_IDS, type NetworkId } from '../../../../store-integrations';
import type { ConversionRow, LinksRow, SumsRow } from '../commissions.repository';

export class ImportFaultResponse {
  /** Where it stands in the file; the names of the columns are line 1 */
  @ApiProperty({ type: 'integer', example: 7 })
  line: number;
  /** Which column is wrong */
  @ApiProperty({ type: String, nullable: true, example: 'commission' })
  column: string | null;
  /**
   * Stable code: invalid_id, invalid_time, invalid_amount, invalid_currency, invalid_status, wrong_network, unknown_transaction,
   * other_transaction, other_click, other_currency, more_than_earned
   * @example "invalid_amount"
   */
  code: string;
  /**
   * In words
   * @example "must be a decimal number such as 12.34"
   */
  detail: string;
}

export class ImportedConversionsResponse {
  /** Whose report it was */
  @ApiProperty({ enum: NETWORK_IDS, example: 'awin' })
  network: NetworkId;
  /** How many lines there were, without the names of the columns */
  @ApiProperty({ type: 'integer', example: 4 })
  lines: number;
  /** Commissions and reversals that are new */
  @ApiProperty({ type: 'integer', example: 2 })
  added: number;
  /** Those that are not as they were */
  @ApiProperty({ type: 'integer', example: 1 })
  changed: number;
  /** Those that were known already */
  @ApiProperty({ type: 'integer', example: 0 })
  unchanged: number;
  /** Lines whose click id is a hand-off's */
  @ApiProperty({ type: 'integer', example: 3 })
  matched: number;
  /** Lines that were not taken; the others were */
  @ApiProperty({ type: [ImportFaultResponse] })
  errors: ImportFaultResponse[];
}

export class EarningStoreResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * Its name
   * @example "Old Navy"
   */
  name: string;
}

export class EarningOrderResponse {
  /** The order */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * Its number
   * @example "M-7K3QF-92XTB"
   */
  number: string;
}

/** A commission, or a reversal of one, as its network reported it. */
export class ConversionResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The network */
  @ApiProperty({ enum: NETWORK_IDS, example: 'awin' })
  network: NetworkId;
  /**
   * The network's id of it
   * @example "T-1"
   */
  transactionId: string;
  /** What it is */
  @ApiProperty({ enum: ['commission', 'reversal'], example: 'commission' })
  kind: 'commission' | 'reversal';
  /** Of a reversal: the network's id of what it takes back */
  @ApiProperty({ type: String, nullable: true, example: 'T-0' })
  reverses: string | null;
  /** pending until the network approves it; reversed once all of it is taken back */
  @ApiProperty({ enum: ['pending', 'approved', 'partially_reversed', 'reversed'], example: 'approved' })
  status: 'pending' | 'approved' | 'partially_reversed' | 'reversed';
  /** The click id, as the network gave it back */
  @ApiProperty({ type: String, nullable: true, example: 'k3v9x0d2m7q1w5e8r4t6y2u0i9p1' })
  clickId: string | null;
  /** The hand-off that the click is of; null: none that Muse knows */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  handoffId: string | null;
  /** Its store */
  @ApiProperty({ type: EarningStoreResponse, nullable: true })
  store: EarningStoreResponse | null;
  /** The order that it became, as far as that is known */
  @ApiProperty({ type: EarningOrderResponse, nullable: true })
  order: EarningOrderResponse | null;
  /** What Muse earned; of a reversal negative */
  commission: MoneyResponse;
  /** Of a commission: what was taken back of it */
  reversed: MoneyResponse;
  /** What was sold, as the network says */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  sale: MoneyResponse | null;
  /** When it was sold */
  occurredAt: Date;
  /** When Muse first heard of it */
  importedAt: Date;

  static of(row: ConversionRow): ConversionResponse {
    const { id, network, networkId, kind, reverses, clickId, handoffId, currency, occurredAt, importedAt } = row;
    return {
      ...{ id, network, transactionId: networkId, kind, reverses, status: statusOf(row), clickId, handoffId },
      store: row.storeId === null ? null : { id: row.storeId, name: row.storeName! },
      order: row.orderId === null ? null : { id: row.orderId, number: row.orderNumber! },
      commission: money(row.commissionCents, currency),
      reversed: money(row.reversedCents, currency),
      sale: row.saleCents === null ? null : money(row.saleCents, currency),
      ...{ occurredAt, importedAt },
    };
  }
}

function statusOf({ isApproved, reversedCents, commissionCents }: ConversionRow): ConversionResponse['status'] {
  if (reversedCents > 0) return reversedCents === commissionCents ? 'reversed' : 'partially_reversed';
  return isApproved ? 'approved' : 'pending';
}

export class ConversionListResponse {
  /** The newest first */
  @ApiProperty({ type: [ConversionResponse] })
  data: ConversionResponse[];
  /** Where the next page begins; null on the last */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class CommissionTotalResponse {
  /** Commissions in this currency */
  @ApiProperty({ type: 'integer', example: 3 })
  conversions: number;
  /** What was sold */
  sale: MoneyResponse;
  /** What was earned by that */
  commission: MoneyResponse;
  /** What of it the network has approved */
  approved: MoneyResponse;
  /** What was taken back in these days, of whenever it was earned */
  reversed: MoneyResponse;
  /** Earned less taken back */
  net: MoneyResponse;
}

export class CommissionRowResponse {
  /** The store; null: of clicks that Muse does not know */
  @ApiProperty({ type: EarningStoreResponse, nullable: true })
  store: EarningStoreResponse | null;
  /** The network */
  @ApiProperty({ enum: NETWORK_IDS, example: 'awin' })
  network: NetworkId;
  /** Hand-offs with affiliate links that were made in these days */
  @ApiProperty({ type: 'integer', example: 12 })
  handoffs: number;
  /** Those whose link was followed */
  @ApiProperty({ type: 'integer', example: 9 })
  opened: number;
  /** Those that became orders */
  @ApiProperty({ type: 'integer', example: 4 })
  orders: number;
  /** What the network reported of these days, by currency */
  @ApiProperty({ type: [CommissionTotalResponse] })
  totals: CommissionTotalResponse[];
}

/** What the links of some days came to. */
export class CommissionReportResponse {
  /** The first day */
  @ApiProperty({ format: 'date', example: '2026-11-01' })
  from: string;
  /** The last day */
  @ApiProperty({ format: 'date', example: '2026-11-30' })
  to: string;
  /** By store and network */
  @ApiProperty({ type: [CommissionRowResponse] })
  data: CommissionRowResponse[];

  static of(from: string, to: string, links: LinksRow[], sums: SumsRow[]): CommissionReportResponse {
    const rows = new Map<string, CommissionRowResponse>();
    const rowOf = ({ storeId, storeName, network }: Pick<SumsRow, 'storeId' | 'storeName' | 'network'>) => {
      const key = `${storeId} ${network}`;
      const store = storeId === null ? null : { id: storeId, name: storeName! };
      const row = rows.get(key) ?? { store, network, handoffs: 0, opened: 0, orders: 0, totals: [] };
      rows.set(key, row);
      return row;
    };
    for (const link of links) {
      const { handoffs, opened, orders } = link;
      Object.assign(rowOf(link), { handoffs, opened, orders });
    }
    for (const sum of sums) {
      const { currency, conversions, saleCents, commissionCents, approvedCents, reversedCents } = sum;
      rowOf(sum).totals.push({
        conversions,
        sale: money(saleCents, currency),
        commission: money(commissionCents, currency),
        approved: money(approvedCents, currency),
        reversed: money(reversedCents, currency),
        net: money(commissionCents - reversedCents, currency),
      });
    }
    const byName = (row: CommissionRowResponse) => `${row.store?.name ?? '\uffff'} ${row.network}`;
    const data = [...rows.values()].sort((a, b) => (byName(a) < byName(b) ? -1 : 1));
    for (const { totals } of data) totals.sort((a, b) => (a.net.currency < b.net.currency ? -1 : 1));
    return { from, to, data };
  }
}
