import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { WebhookNotVerified } from '../../payments';
import { Database, statement, sweeping } from '../../platform/database';
import { JOB_OF, Jobs, reasonOf } from '../../platform/jobs';
import { traceparent } from '../../platform/tracing';
import type { StoreProtocol } from '../protocols/store-api';
import { StoreFault } from '../protocols/store-fault';
import { WebhookRefused } from '../protocols/webhook-refused';
import {
  WEBHOOK_VERIFIERS,
  type IncomingWebhook,
  type VerifiedWebhook,
  type WebhookVerifier,
} from '../protocols/webhook-verifier';
import { WebhookNotVerifiableNow } from './following.errors';
import { snapshotOf, type OrderSnapshot } from './order-snapshot';
import { StoreOrders } from './store-orders';

const TASK = 'store_webhook';
const FORGET_EVERY_MS = 3_600_000;
const LONGEST_ID = 255;
/** What cannot be worked after so many tries never will be: polling finds the same out. */
const TRIES = 12;
const AGAIN_SECONDS = 30;

// An event that has come before makes neither row nor job. What tells of no order is done as it comes.
const KEEP = statement(
  'store_webhooks.keep',
  `WITH kept AS (
     INSERT INTO store_webhooks (store_id, event_id, protocol, snapshot, finished_at)
     SELECT s.id, $2, $3, $4::jsonb, CASE WHEN $4::jsonb IS NULL THEN now() END FROM stores s WHERE s.id = $1
     ON CONFLICT (store_id, event_id) DO NOTHING RETURNING id
   )
   SELECT graphile_worker.add_job('${TASK}', ${JOB_OF('$5')}, job_key := id::text, max_attempts := 3, job_key_mode := 'unsafe_dedupe')
     FROM kept WHERE $4::jsonb IS NOT NULL`,
);
// Whoever else has it does it; nothing outside is called, so the lock is the lease.
const TAKE = statement(
  'store_webhooks.take',
  `SELECT store_id AS "storeId", snapshot FROM store_webhooks WHERE id = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED`,
);
const DONE = statement(
  'store_webhooks.done',
  `UPDATE store_webhooks SET finished_at = now(), snapshot = NULL, last_error = NULL, attempts = attempts + 1 WHERE id = $1`,
);
const FAILED = statement(
  'store_webhooks.failed',
  `UPDATE store_webhooks SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $2), last_error = $3,
          finished_at = CASE WHEN attempts + 1 >= ${TRIES} THEN now() END, snapshot = CASE WHEN attempts + 1 < ${TRIES} THEN snapshot END
    WHERE id = $1 AND finished_at IS NULL RETURNING attempts`,
);
const DUE = `SELECT id FROM store_webhooks WHERE finished_at IS NULL AND next_attempt_at < now() - interval '1 second' ORDER BY next_attempt_at LIMIT 200`;
/** Stores send an event again for days, not for months. */
const FORGET = sweeping('store_webhooks.forget', 'store_webhooks', `finished_at < now() - interval '90 days'`);

/**
 * Takes webhooks of stores in. Guarantees: one that was not signed by a store that Muse is connected to touches nothing; one
 * that was is a row with its job before it is answered, once for each of the store's events; it is worked from the row, into
 * the order of that very store, and neither the order of events nor their number matters. Nothing of it is kept but the
 * order's snapshot, and that only until it is worked.
 */
@Injectable()
export class StoreWebhooks implements OnModuleInit {
  private readonly logger = new Logger('Stores');

  constructor(
    @Inject(WEBHOOK_VERIFIERS) private readonly verifiers: WebhookVerifier[],
    private readonly orders: StoreOrders,
    private readonly jobs: Jobs,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(TASK, ({ id }) => this.runOnce(id), DUE);
    this.jobs.every(FORGET_EVERY_MS, 'webhooks of stores that are old', () => this.database.sweep(FORGET));
  }

  /** Throws WebhookNotVerified, WebhookNotVerifiableNow; then nothing is stored. */
  async receive(protocol: StoreProtocol, webhook: IncomingWebhook): Promise<void> {
    const verified = await this.verified(protocol, webhook);
    if (!isSound(verified, webhook)) throw new WebhookNotVerified();
    const { storeId, eventId, order } = verified;
    const snapshot = order && JSON.stringify(snapshotOf(order));
    await this.database.rows(KEEP, [storeId, eventId, protocol, snapshot, traceparent()]);
  }

  private async verified(protocol: StoreProtocol, webhook: IncomingWebhook): Promise<VerifiedWebhook> {
    const verifier = this.verifiers.find((one) => one.protocol === protocol);
    if (!verifier) throw new WebhookNotVerified();
    try {
      return await verifier.verify(webhook);
    } catch (error) {
      if (error instanceof StoreFault) throw new WebhookNotVerifiableNow();
      if (!(error instanceof WebhookRefused)) throw error;
      this.logger.warn({
        message: 'webhook of a store refused',
        protocol,
        storeId: webhook.storeId,
        reason: error.reason,
      });
      throw new WebhookNotVerified();
    }
  }

  /** One try at one webhook, if nobody else is at it. */
  async runOnce(id: string): Promise<void> {
    try {
      await this.database.transaction(async (tx) => {
        const row = await tx.maybeOne<{ storeId: string; snapshot: OrderSnapshot }>(TAKE, [id]);
        if (!row) return;
        await this.orders.take(tx, row.storeId, row.snapshot, 'webhook');
        tx.write(DONE, [id]);
      });
    } catch (error) {
      const reason = reasonOf(error);
      const row = await this.database.maybeOne<{ attempts: number }>(FAILED, [id, AGAIN_SECONDS, reason]);
      if (row && row.attempts >= TRIES)
        this.logger.error({ message: 'webhook of a store given up', webhookId: id, reason });
    }
  }
}

/** Of the store that the address names, with ids that an index takes: what is odd otherwise is signed, but no event. */
function isSound({ storeId, eventId, order }: VerifiedWebhook, webhook: IncomingWebhook): boolean {
  const isId = (text: string) => text !== '' && text.length <= LONGEST_ID && !text.includes('\0');
  if (webhook.storeId !== null && webhook.storeId !== storeId) return false;
  return isId(eventId) && (order === null || isId(order.id));
}
