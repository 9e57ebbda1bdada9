import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry } from '../identity';

/** What the catalogue holds of persons: who set a price. */
@Injectable()
export class CatalogData implements OnModuleInit {
  constructor(
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.leaveOut('catalog', {
      price_changes: 'prices of a store’s goods; changed_by is who of the store set one',
    });
    this.erasures.keep('catalog', { price_changes: 'append-only prices; changed_by is a pseudonym from then on' });
  }
}
