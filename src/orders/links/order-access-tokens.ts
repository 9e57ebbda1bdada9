import { Injectable, type OnModuleInit } from '@nestjs/common';
import { KeptTokens, LinkTokens, type Caller } from '../../identity';
import { hashToken } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { NotFound, decodeIdCursor, encodeCursor, page, type PageRequest } from '../../platform/http';
import { Jobs } from '../../platform/jobs';
import type { OrderAccessTokenListResponse } from '../dto/order-access-token.response';

/** What the tokens of an order are called where a route says that it takes them. */
export const ORDER_TOKEN = 'order';
const TOKENS = new KeptTokens('mot_', 'order_access_tokens');
const FORGET_EVERY_MS = 60 * 60 * 1000;

const OF_BUYER = `EXISTS (SELECT FROM orders o WHERE o.id = $2 AND (o.buyer_user_id = $1 OR o.buyer_guest_id = $1))`;
const ADD = statement(
  'orders.add_access_token',
  `INSERT INTO order_access_tokens (order_id, token_hash, expires_at) VALUES ($1, $2, now() + interval '180 days')`,
);
const ADD_FOR_BUYER = statement(
  'orders.add_access_token_of_buyer',
  `INSERT INTO order_access_tokens (order_id, token_hash, expires_at, acts) VALUES ($1, $2, now() + interval '10 years', true)`,
);
const IS_BUYER = statement('orders.is_buyer', `SELECT ${OF_BUYER} AS is`);
const LIST = statement(
  'orders.access_tokens',
  `SELECT id, created_at AS "createdAt", expires_at AS "expiresAt" FROM order_access_tokens
    WHERE order_id = $1 AND revoked_at IS NULL AND expires_at > now() AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
);
const REVOKE = statement(
  'orders.revoke_access_token',
  `UPDATE order_access_tokens SET revoked_at = coalesce(revoked_at, now()) WHERE order_id = $2 AND id = $3 AND ${OF_BUYER}`,
);
const REVOKE_OF_USER = statement(
  'orders.revoke_access_tokens_of_user',
  `UPDATE order_access_tokens t SET revoked_at = now() FROM orders o
    WHERE o.id = t.order_id AND o.buyer_user_id = $1 AND t.revoked_at IS NULL`,
);

/**
 * Tokens that open one order to whoever holds them: to look at, 180 days, until revoked. Guarantees: only hashes are kept;
 * each use looks the token up, so a revoked one ends at once (a stream at its next reading). Of a sealed order one stands for
 * its buyer: see addForBuyer.
 */
@Injectable()
export class OrderAccessTokens implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly linkTokens: LinkTokens,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.linkTokens.register(ORDER_TOKEN, TOKENS.prefix, (...asked) => TOKENS.holderOf(this.database, ...asked));
    this.jobs.every(FORGET_EVERY_MS, 'old order links', () => TOKENS.forgetOld(this.database));
  }

  /** A new token; this is the only time that it is seen. */
  async issue(tx: Tx, orderId: string): Promise<string> {
    const token = TOKENS.make();
    await tx.run(ADD, [orderId, hashToken(token)]);
    return token;
  }

  /** The token that 32 secret bytes make, for whoever hands it out before there is an order. */
  static tokenOf(secret: Buffer): string {
    return TOKENS.of(secret);
  }

  /** The hash of a token that was handed out: whoever holds it is the buyer of this order, which names nobody. It does not run out. */
  addForBuyer(tx: Tx, orderId: string, tokenHash: Buffer): void {
    tx.write(ADD_FOR_BUYER, [orderId, tokenHash]);
  }

  /** Those that open an order now, for its buyer. Throws NotFound. */
  async list(caller: Caller, orderId: string, { limit, cursor }: PageRequest): Promise<OrderAccessTokenListResponse> {
    const buyer = await this.database.maybeOne<{ is: boolean }>(IS_BUYER, [caller.id, orderId]);
    if (!buyer?.is) throw new NotFound('order');
    const found = await this.database.rows<{ id: string; createdAt: Date; expiresAt: Date }>(LIST, [
      ...[orderId, decodeIdCursor(cursor) ?? null, limit + 1],
    ]);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    const data = rows.map(({ id, createdAt, expiresAt }) => {
      return { id, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
    });
    return { data, nextCursor };
  }

  /** Ends one; again: the same. Throws NotFound. */
  async revoke(caller: Caller, orderId: string, tokenId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      if ((await tx.run(REVOKE, [caller.id, orderId, tokenId])) === 0) throw new NotFound('link to this order');
    });
  }

  /** Ends all that open orders of a user who closes the account. */
  async revokeAllOf(tx: Tx, userId: string): Promise<void> {
    await tx.run(REVOKE_OF_USER, [userId]);
  }
}
