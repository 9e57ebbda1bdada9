import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExportRegistry, byCursor, exportSection, type Caller, type Exported } from '../identity';
import { ManagedStoreResponse } from './dto/store.response';
import { StoreDirectory } from './store-directory';

const STORES = exportSection('stores', ManagedStoreResponse, 'Stores of one’s own');

/** The part of stores in a merchant's export. (Of what shoppers bought there they hold their own.) */
@Injectable()
export class StoresExport implements OnModuleInit {
  constructor(
    private readonly directory: StoreDirectory,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({ section: STORES, tables: { stores: true }, read: (of) => this.own(of) });
  }

  private own({ userId }: Exported): AsyncIterable<ManagedStoreResponse> {
    const owner: Caller = { kind: 'user', id: userId, roles: ['merchant'], privacy: 'standard' };
    return byCursor(
      async (cursor, limit) => {
        const { data: rows, nextCursor } = await this.directory.listOwn(owner, { limit, cursor });
        return { rows, nextCursor };
      },
      (store) => store,
    );
  }
}
