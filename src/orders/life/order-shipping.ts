import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { whenBroken, type Tx } from '../../platform/database';
import { InvalidRequest, NotFound } from '../../platform/http';
import { trackingLink } from '../../store-integrations';
import { StoreDirectory } from '../../stores';
import type { ShipOrderRequest } from '../dto/order.request';
import type { OrderResponse } from '../dto/order.response';
import { allows } from '../order-states';
import { NotThatManyToShip, ParcelKnown } from '../orders.errors';
import { OrdersRepository } from '../orders.repository';
import { OrdersService } from '../orders.service';
import { OrderLifeRepository, type Units } from './order-life.repository';
import { OrderMoves, refused } from './order-moves';

whenBroken('parcels_once', () => new ParcelKnown());

/** Orders leave, in one parcel or in several. */
@Injectable()
export class OrderShipping {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly life: OrderLifeRepository,
    private readonly moves: OrderMoves,
    private readonly stores: StoreDirectory,
  ) {}

  /**
   * The merchant hands a parcel to a carrier: with these units, or with all that have not left. Once none is left the order is
   * shipped, until then `processing`. Throws NotFound, OrderStateForbids, InvalidRequest (another order's item), NotThatManyToShip, ParcelKnown.
   */
  async ship(tx: Tx, caller: Caller, storeId: string, orderId: string, body: ShipOrderRequest): Promise<OrderResponse> {
    await this.stores.ownedStore(tx, caller, storeId);
    const order = await this.repository.lockOfStore(tx, storeId, orderId);
    if (!order) throw new NotFound('order');
    if (!allows('ship', 'merchant', order)) throw refused('ship', order);
    const left = await this.life.unitsLeft(tx, orderId);
    const units = body.items ? takenFrom(left, body.items) : left.filter(({ quantity }) => quantity > 0);
    const isAll = sum(units) === sum(left);
    const { carrier, trackingNumber } = body;
    const trackingUrl = body.trackingUrl ?? trackingLink(carrier, trackingNumber);
    const parcelId = await this.life.sendParcel(tx, orderId, { carrier, trackingNumber, trackingUrl }, units);
    const change = { actor: 'merchant', actorId: caller.id, carrier, trackingNumber } as const;
    const told = { parcelId, carrier, units: sum(units) };
    if (isAll) await this.moves.move(tx, 'ship', order, { ...change, told }, { carrier, parcelId });
    else {
      const inPart = { ...change, type: 'shipped_in_part', told };
      await this.moves.move(tx, 'shipPart', order, inPart, { carrier, parcelId, inPart: true });
    }
    return this.orders.ofStore(storeId, orderId, tx);
  }
}

/** Throws InvalidRequest, NotThatManyToShip. */
function takenFrom(left: Units[], asked: Units[]): Units[] {
  const leftOf = new Map(left.map(({ itemId, quantity }) => [itemId, quantity]));
  asked.forEach(({ itemId, quantity }, index) => {
    const rest = leftOf.get(itemId);
    if (rest === undefined)
      throw new InvalidRequest([{ pointer: `/items/${index}/itemId`, detail: 'must be an item of this order' }]);
    if (quantity > rest) throw new NotThatManyToShip(`/items/${index}/quantity`, rest);
  });
  return asked.map(({ itemId, quantity }) => ({ itemId, quantity }));
}

function sum(units: Units[]): number {
  return units.reduce((total, { quantity }) => total + quantity, 0);
}
