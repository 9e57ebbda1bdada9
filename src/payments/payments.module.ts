import { Module } from '@nestjs/common';
import { PaymentAccountsModule } from './accounts/payment-accounts.module';
import { PaymentMethodsModule } from './methods/payment-methods.module';

/** Money between shoppers and merchants, through a payment provider. */
@Module({
  imports: [PaymentAccountsModule, PaymentMethodsModule],
  exports: [PaymentAccountsModule, PaymentMethodsModule],
})
export class PaymentsModule {}
