import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { StoresModule } from '../stores';
import { PaymentAccountsModule } from './accounts/payment-accounts.module';
import { PaymentMethodsModule } from './methods/payment-methods.module';
import { PaymentProvidersModule } from './provider/payment-providers.module';
import { AdminPaymentsController } from './console/admin-payments.controller';
import { ConsoleRepository } from './console/console.repository';
import { PaymentsConsole } from './console/payments.console';
import { Delegations } from './delegations/delegations';
import { DelegationsRepository } from './delegations/delegations.repository';
import { Disputes } from './intake/disputes';
import { Intake } from './intake/intake';
import { Payouts } from './intake/payouts';
import { ProviderEventsRepository } from './intake/provider-events.repository';
import { WebhooksController } from './intake/webhooks.controller';
import { ManualPayments } from './provider/manual/manual-payments';
import { ManualPaymentsRepository } from './provider/manual/manual-payments.repository';
import { AdminLedgerController } from './ledger/admin-ledger.controller';
import { BalancesRepository } from './ledger/balances.repository';
import { Books } from './ledger/books';
import { Ledger } from './ledger/ledger';
import { MerchantLedgerController } from './ledger/merchant-ledger.controller';
import { StoreLedger } from './ledger/store-ledger';
import { Comparison } from './purchases/comparison';
import { Payers } from './purchases/payers';
import { PaymentMetrics } from './purchases/payment-metrics';
import { PaymentPoller } from './purchases/payment-poller';
import { AuthorizeStep, CancelStep, CaptureStep } from './purchases/payment-step-handlers';
import { Payments } from './purchases/payments';
import { PaymentsRepository } from './purchases/payments.repository';
import { Settling } from './purchases/settling';
import { STEP_HANDLERS, type StepHandler } from './purchases/step-handler';
import { StepRunner } from './purchases/step-runner';
import { StepsRepository } from './purchases/steps.repository';
import { TransferStep } from './purchases/transfer-step';
import { CreditStep } from './refunds/credit-step';
import { RefundStep, ReverseStep } from './refunds/refund-step-handlers';
import { Refunds } from './refunds/refunds';
import { RefundsRepository } from './refunds/refunds.repository';

const STEPS = [AuthorizeStep, CaptureStep, CancelStep, TransferStep, RefundStep, ReverseStep, CreditStep];

/** Money: one authorisation for many stores, a share for each, refunds, and a ledger that always adds up. */
@Module({
  imports: [IdentityModule, StoresModule, PaymentProvidersModule, PaymentAccountsModule, PaymentMethodsModule],
  controllers: [WebhooksController, MerchantLedgerController, AdminPaymentsController, AdminLedgerController],
  providers: [
    ...[PaymentsRepository, Settling, Payments, StepsRepository, StepRunner, PaymentPoller, Comparison, PaymentMetrics],
    Payers,
    ...[Ledger, BalancesRepository, StoreLedger, Books],
    ...[RefundsRepository, Refunds, ...STEPS],
    ...[Intake, ProviderEventsRepository, Disputes, Payouts],
    ...[PaymentsConsole, ConsoleRepository],
    ...[ManualPayments, ManualPaymentsRepository],
    ...[Delegations, DelegationsRepository],
    { provide: STEP_HANDLERS, useFactory: (...handlers: StepHandler[]) => handlers, inject: STEPS },
  ],
  exports: [PaymentAccountsModule, PaymentMethodsModule, Payments, Refunds, ManualPayments],
})
export class PaymentsModule {}
