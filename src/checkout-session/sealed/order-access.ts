import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { OrderAccessTokens } from '../../orders';
import { hashToken } from '../../platform/crypto';
import type { Tx } from '../../platform/database';
import type { Once } from '../../platform/http';
import { CheckoutRepository } from '../checkout.repository';
import type { OrderAccessResponse } from '../dto/checkout.response';
import { includedStores, type Session } from '../session';

interface Shown {
  orderAccess: OrderAccessResponse[];
}

/**
 * By what the orders of a sealed checkout are reached: a token each, handed out in the answer to `place`, before there is an
 * order. Guarantees: only hashes are kept; a retry of that request gets the same tokens, for they are made from its
 * Idempotency-Key under a key of the server; nobody else can make them again.
 */
@Injectable()
export class OrderAccess {
  constructor(private readonly checkouts: CheckoutRepository) {}

  /** Chooses the ids and tokens of the orders to come. */
  async give(tx: Tx, once: Once, session: Session): Promise<Shown> {
    const given = includedStores(session).map(({ storeId }) => {
      return { storeId, orderId: uuidv7(), token: tokenOf(once, session.id, storeId) };
    });
    const kept = given.map(({ storeId, orderId, token }) => ({ storeId, orderId, hash: hashToken(token) }));
    await this.checkouts.giveAccess(tx, session.id, kept);
    return { orderAccess: given };
  }

  /** The same for the same request; nothing for any other. */
  shown(once: Once, session: Session): Shown {
    const orderAccess = includedStores(session).flatMap(({ storeId, access }) => {
      const token = tokenOf(once, session.id, storeId);
      const isOurs = access !== null && hashToken(token).toString('hex') === access.tokenHash;
      return isOurs ? [{ storeId, orderId: access.orderId, token }] : [];
    });
    return { orderAccess };
  }
}

function tokenOf(once: Once, sessionId: string, storeId: string): string {
  return OrderAccessTokens.tokenOf(once.secretOf('order access', sessionId, storeId));
}
