import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry, exportSection, inPages } from '../../identity';
import type { Tx } from '../../platform/database';
import { Jobs } from '../../platform/jobs';
import { ExportedFoundOrderResponse } from './dto/exported-found-order.response';
import { FoundOrdersRepository, type FoundRow } from './found-orders.repository';

const FORGET_EVERY_MS = 60 * 60 * 1000;
const FOUND = exportSection('foundOrders', ExportedFoundOrderResponse, 'Orders that mails told of');

/** Orders found in mails: told in their shopper's export, gone with the account; what became an order stays one. */
@Injectable()
export class FoundOrdersPrivacy implements OnModuleInit {
  constructor(
    private readonly found: FoundOrdersRepository,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'old found orders', () => this.found.forgetOld());
    this.exports.register({
      section: FOUND,
      tables: { found_orders: true },
      read: ({ userId }) =>
        inPages<FoundRow, ExportedFoundOrderResponse>(
          (after, limit) => this.found.exported(userId, after?.id ?? null, limit),
          (row) => ExportedFoundOrderResponse.of(row),
        ),
    });
    this.erasures.register('found-orders', (tx, userId) => this.forget(tx, userId), { found_orders: true });
  }

  private async forget(tx: Tx, userId: string): Promise<void> {
    await this.found.lockShopper(tx, userId);
    this.found.forget(tx, userId);
  }
}
