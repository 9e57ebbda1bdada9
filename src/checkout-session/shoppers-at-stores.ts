import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config';
import { Database } from '../platform/database';
import {
  lookAtMarket,
  nameAtStore,
  type OpenChallenge,
  type Placement,
  type ShopperAtStore,
} from '../store-integrations';
import { CheckoutRepository } from './checkout.repository';
import type { ClaimedPlacement } from './placements.repository';
import { linesOf, type Action, type Session, type StoreCheckout } from './session';
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
    private readonly config: Config,
  ) {}

  /** What the shopper has to do about something that a store asks them. */
  actionOf(sessionId: string, { id, expiresAt }: OpenChallenge): Action {
    const url = `${this.config.PUBLIC_URL}/api/v1/checkout/sessions/${sessionId}/challenges/${id}`;
    return { type: 'challenge', challengeId: id, url, expiresAt: expiresAt.toISOString() };
  }

  /** Of a session's store; `until`: by when the answer has to be there. */
  open(session: Session, store: StoreCheckout, until: Date): ShopperAtStore {
    const opened = this.sealing.open(session);
    const chosen = store.deliveryOptions.find((option) => option.id === store.deliveryOptionId);
    return {
      storeCheckoutId: store.id,
      sessionId: session.id,
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

  /** What the shopper agreed that a link tells their store; undefined where they have asked for privacy since. */
  async sharedOf({ sessionId, storeId }: ClaimedPlacement): Promise<Placement['shared']> {
    const session = (await this.checkouts.readAny(sessionId))!;
    if (session.sealed || session.shopperDisabled || session.shopperPrivacy === 'paranoid') return undefined;
    const opened = this.sealing.open(session);
    const own = opened.stores.get(storeId);
    const address = own?.shippingAddress ?? opened.shippingAddress;
    return {
      email: opened.contact?.email ?? null,
      postalCode: address?.postalCode ?? null,
      note: own?.instructions?.note ?? null,
    };
  }

  /** What a placement lacks for such a tier. */
  async of({ sessionId, storeId }: ClaimedPlacement): Promise<{ shopper: ShopperAtStore; lines: Placement['lines'] }> {
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

/** What a shopper reads while a store waits for their answer. */
export function askedBy(name: string): string {
  return `${name} asks you something before it goes on`;
}
