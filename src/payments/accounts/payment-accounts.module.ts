import { Module } from '@nestjs/common';
import { StoresModule } from '../../stores';
import { PaymentProvidersModule } from '../provider/payment-providers.module';
import { AdminPlatformFeeController } from './admin-platform-fee.controller';
import { PayableStores } from './payable-stores';
import { PaymentAccountsController } from './payment-accounts.controller';
import { PaymentAccountsRepository } from './payment-accounts.repository';
import { PaymentAccounts } from './payment-accounts.service';

/** How merchants are paid. */
@Module({
  imports: [StoresModule, PaymentProvidersModule],
  controllers: [PaymentAccountsController, AdminPlatformFeeController],
  providers: [PaymentAccounts, PaymentAccountsRepository, PayableStores],
  exports: [PaymentAccounts, PayableStores],
})
export class PaymentAccountsModule {}
