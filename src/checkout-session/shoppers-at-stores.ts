import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database';
import { lookAtMarket, nameAtStore, type Placement, type ShopperAtStore } from '../store-integrations';
import { CheckoutRepository, type ClaimedPlacement } from './checkout.repository';
import { linesOf, type Session, type StoreCheckout } from './session';
import { SessionVault } from './session-vault';

/** What a store has for placing; a try that is given more time than this is none. */
const PLACE_MS = 60_000;

/** What the tiers that speak for the shopper are told of them, opened for one call: nothing of it is kept or logged. */
@Injectable()
export class ShoppersAtStores {
  constructor(
    private readonly checkouts: CheckoutRepository,
    private readonly sealing: SessionVault,
    private readonly database: Database,
  ) {}

  /** Of a session's store; `until`: by when the answer has to be there. */
  open(session: Session, store: StoreCheckout, until: Date): ShopperAtStore {
    const opened = this.sealing.open(session);
    const chosen = store.deliveryOptions.find((option) => option.id === store.deliveryOptionId);
    return {
      storeCheckoutId: store.id,
      userId: session.shopperKind === 'user' ? session.shopperId : null,
      address: opened.stores.get(store.storeId)?.shippingAddress ?? opened.shippingAddress,
      contact: opened.contact,
      storeAddressId: store.storeAddressId,
      storeInstrumentId: store.storeInstrumentId,
      discountCodes: store.storeDiscountCodes,
      deliveryOptionRef: chosen?.ref ?? null,
      paymentMethodId: session.paymentMethodId,
      until,
    };
  }

  /** What a placement lacks for such a tier. */
  async of({ sessionId, storeId }: ClaimedPlacement): Promise<Pick<Placement, 'shopper' | 'lines'>> {
    const session = (await this.checkouts.readAny(sessionId))!;
    const store = session.stores.find((candidate) => candidate.storeId === storeId)!;
    const lines = linesOf(session, storeId);
    const variantIds = lines.flatMap((line) => line.variantId ?? []);
    const { variants } =
      variantIds.length > 0 ? await lookAtMarket(this.database, [storeId], variantIds) : { variants: new Map() };
    const shopper = this.open(session, store, new Date(Date.now() + PLACE_MS));
    return { shopper, lines: lines.map((line) => ({ ...line, externalId: nameAtStore(line, variants) })) };
  }
}
