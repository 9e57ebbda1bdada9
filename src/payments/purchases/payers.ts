import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClaimRegistry, ErasureRegistry } from '../../identity';
import { statement } from '../../platform/database';

const CLAIM = statement(
  'payments.claim',
  `UPDATE payments SET shopper_id = $2, updated_at = now() WHERE shopper_id = $1`,
);
// What was paid stays, for the ledger; by which card does not. What is not authorised yet needs the method for moments.
const FORGET = statement(
  'payments.forget',
  `UPDATE payments
      SET method_brand = NULL, method_last4 = NULL, provider_method_id = CASE WHEN status = 'created' THEN provider_method_id END,
          provider_customer_id = CASE WHEN status = 'created' THEN provider_customer_id END, updated_at = now()
    WHERE shopper_id = $1`,
);

/** Payments of people who sign in after they paid as a guest, and of those who close their account. */
@Injectable()
export class Payers implements OnModuleInit {
  constructor(
    private readonly claims: ClaimRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.claims.register('payments', async (tx, guestId, userId) => void (await tx.run(CLAIM, [guestId, userId])));
    this.erasures.register('payments', async (tx, userId) => void (await tx.run(FORGET, [userId])));
  }
}
