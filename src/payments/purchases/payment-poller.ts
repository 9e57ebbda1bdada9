import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Jobs, reasonOf } from '../../platform/jobs';
import { ACTION_MINUTES, Payments } from './payments';
import { PaymentsRepository } from './payments.repository';

const POLL_EVERY_MS = 15_000;

/**
 * Looks at payments that have had no news for 60 seconds, then ever more seldom: webhooks may never come. On the webhook's
 * own way, so it changes nothing that a webhook has changed already.
 */
@Injectable()
export class PaymentPoller implements OnModuleInit {
  private readonly logger = new Logger('Payments');

  constructor(
    private readonly jobs: Jobs,
    private readonly repository: PaymentsRepository,
    private readonly payments: Payments,
  ) {}

  onModuleInit(): void {
    this.jobs.every(POLL_EVERY_MS, 'payments without news', () => this.runOnce());
  }

  async runOnce(): Promise<void> {
    for (const { id, late } of await this.repository.toLookAt(ACTION_MINUTES)) {
      try {
        await this.payments.look(id);
        if (late) await this.payments.abandon(id);
      } catch (error) {
        this.logger.warn({ message: 'payment not looked at', paymentId: id, reason: reasonOf(error) });
      }
    }
  }
}
