import { Injectable } from '@nestjs/common';
import type { Caller } from '../identity';
import { Database, type Tx } from '../platform/database';
import { InvalidField, NotFound } from '../platform/http';
import type { MoneyDto } from '../platform/money';
import type { MakeDeliveryOptionRequest, PatchDeliveryOptionRequest } from './dto/delivery-option.request';
import { DeliveryOptionResponse } from './dto/store.response';
import { DeliveryOption } from './entities/delivery-option.entity';
import type { Store } from './entities/store.entity';
import { StoreDirectory } from './store-directory';
import { DeliveryOptionLimitReached } from './stores.errors';

const OPTIONS_PER_STORE = 20;

/**
 * How stores deliver. A store's row is locked while its options change, so that the limit holds.
 * Errors: NotFound for another's store or option; InvalidField for a foreign currency or a span that ends before it
 * begins; DeliveryOptionLimitReached.
 */
@Injectable()
export class DeliveryOptions {
  constructor(
    private readonly database: Database,
    private readonly directory: StoreDirectory,
  ) {}

  async add(tx: Tx, caller: Caller, storeId: string, body: MakeDeliveryOptionRequest): Promise<DeliveryOptionResponse> {
    const store = await this.directory.lockOwnedStore(tx, caller, storeId);
    const [option] = await this.addAll(tx, store, [body]);
    return DeliveryOptionResponse.of(option!, store.currency);
  }

  /** For a store that the caller has locked or just made. */
  async addAll(tx: Tx, store: Store, bodies: MakeDeliveryOptionRequest[]): Promise<DeliveryOption[]> {
    const repository = tx.repository(DeliveryOption);
    const present = await repository.countBy({ storeId: store.id, status: 'active' });
    if (present + bodies.length > OPTIONS_PER_STORE) throw new DeliveryOptionLimitReached(OPTIONS_PER_STORE);
    return repository.save(
      bodies.map((body) => {
        const option = repository.create({ storeId: store.id, freeOverCents: null, countries: null });
        write(option, store, body);
        return option;
      }),
    );
  }

  async patch(
    caller: Caller,
    storeId: string,
    id: string,
    body: PatchDeliveryOptionRequest,
  ): Promise<DeliveryOptionResponse> {
    return this.database.transaction(async (tx) => {
      const store = await this.directory.lockOwnedStore(tx, caller, storeId);
      const option = await this.activeOption(tx, storeId, id);
      write(option, store, body);
      option.updatedAt = new Date();
      await tx.repository(DeliveryOption).save(option);
      return DeliveryOptionResponse.of(option, store.currency);
    });
  }

  /** Takes the option out of what shoppers may choose; sessions and orders that chose it keep it. */
  async retire(caller: Caller, storeId: string, id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.directory.lockOwnedStore(tx, caller, storeId);
      const option = await this.activeOption(tx, storeId, id);
      await tx.repository(DeliveryOption).update({ id: option.id }, { status: 'retired', updatedAt: new Date() });
    });
  }

  private async activeOption(tx: Tx, storeId: string, id: string): Promise<DeliveryOption> {
    const option = await tx.repository(DeliveryOption).findOneBy({ id, storeId, status: 'active' });
    if (!option) throw new NotFound('delivery option');
    return option;
  }
}

function write(option: DeliveryOption, store: Store, body: PatchDeliveryOptionRequest): void {
  if (body.name !== undefined) option.name = body.name;
  if (body.price !== undefined) option.priceCents = inCurrencyOf(store, '/price', body.price);
  if (body.freeOver !== undefined) {
    option.freeOverCents = body.freeOver && inCurrencyOf(store, '/freeOver', body.freeOver);
  }
  if (body.minDays !== undefined) option.minDays = body.minDays;
  if (body.maxDays !== undefined) option.maxDays = body.maxDays;
  if (body.countries !== undefined) option.countries = body.countries;
  if (option.maxDays < option.minDays) throw new InvalidField('/maxDays', 'maxDays must not be less than minDays');
}

function inCurrencyOf(store: Store, pointer: string, money: MoneyDto): number {
  if (money.currency === store.currency) return money.amount;
  throw new InvalidField(`${pointer}/currency`, `must be the store's currency, ${store.currency}`);
}
