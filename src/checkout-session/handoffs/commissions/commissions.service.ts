import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry, type Caller } from '../../../identity';
import { Clock } from '../../../platform/clock';
import type { Tx } from '../../../platform/database';
import { Events } from '../../../platform/events';
import { InvalidField, decodeIdCursor, encodeCursor, page } from '../../../platform/http';
import { CommissionsRepository } from './commissions.repository';
import { readConversions } from './conversions-csv';
import type { CommissionReportRequest, ConversionsRequest, ImportConversionsRequest } from './dto/commissions.request';
import {
  CommissionReportResponse,
  ConversionListResponse,
  ConversionResponse,
  ImportedConversionsResponse,
} from './dto/commissions.response';
import { planImport } from './import-plan';

/** An admin has uploaded what a network reports. */
export const CONVERSIONS_IMPORTED = 'affiliate.conversions_imported';

const KEPT = { affiliate_conversions: 'which admin it was: part of the record of what Muse earns' };
const DAY_MS = 86_400_000;
const MOST_DAYS = 366;

/** What Muse earns by its links, as the networks report it, joined to orders by the click ids of hand-offs. Errors: InvalidField. */
@Injectable()
export class CommissionsService implements OnModuleInit {
  constructor(
    private readonly commissions: CommissionsRepository,
    private readonly events: Events,
    private readonly clock: Clock,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.leaveOut('commissions', KEPT);
    this.erasures.register('commissions', () => Promise.resolve(), KEPT);
  }

  /** Takes a report. What is known already changes nothing; a line that cannot be taken is told of, and the others are. */
  async import(
    tx: Tx,
    caller: Caller,
    { network, csv }: ImportConversionsRequest,
  ): Promise<ImportedConversionsResponse> {
    const { conversions, faults } = readConversions(csv, network, this.clock.now());
    const ids = conversions.flatMap(({ networkId, reverses }) =>
      reverses === null ? [networkId] : [networkId, reverses],
    );
    const known = await this.commissions.known(tx, network, [...new Set(ids)]);
    const clicks = await this.commissions.clicks(tx, [...new Set(conversions.flatMap(({ clickId }) => clickId ?? []))]);
    const {
      writes,
      added,
      changed,
      unchanged,
      matched,
      faults: refused,
    } = planImport(network, conversions, known, clicks);
    await this.commissions.save(tx, network, writes, caller.id);
    if (writes.length > 0)
      await this.events.publish(tx, {
        ...{ type: CONVERSIONS_IMPORTED, aggregateId: caller.id },
        payload: { network, added, changed, by: caller.id },
      });
    const errors = [...faults, ...refused].sort((a, b) => a.line - b.line);
    return { network, lines: conversions.length + faults.length, added, changed, unchanged, matched, errors };
  }

  async list({ limit, cursor, ...of }: ConversionsRequest): Promise<ConversionListResponse> {
    const rows = await this.commissions.list(of, decodeIdCursor(cursor), limit + 1);
    const { rows: kept, nextCursor } = page(rows, limit, (row) => encodeCursor(row.id));
    return { data: kept.map((row) => ConversionResponse.of(row)), nextCursor };
  }

  async report({ from, to }: CommissionReportRequest): Promise<CommissionReportResponse> {
    const last = to ?? this.clock.now().toISOString().slice(0, 10);
    const first = from ?? `${last.slice(0, 7)}-01`;
    const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
    if (days < 1) throw new InvalidField('/from', 'from must not be after to');
    if (days > MOST_DAYS) throw new InvalidField('/from', `from must be at most ${MOST_DAYS} days before to`);
    const [links, sums] = await Promise.all([this.commissions.links(first, last), this.commissions.sums(first, last)]);
    return CommissionReportResponse.of(first, last, links, sums);
  }
}
