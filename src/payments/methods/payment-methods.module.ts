import { Module } from '@nestjs/common';
import { IdentityModule } from '../../identity';
import { PaymentProvidersModule } from '../provider/payment-providers.module';
import { Customers } from './customers';
import { MethodsExport } from './methods-export';
import { PaymentMethodsController } from './payment-methods.controller';
import { PaymentMethodsRepository } from './payment-methods.repository';
import { PaymentMethods } from './payment-methods.service';
import { Removals } from './removals';

/** What shoppers pay with. */
@Module({
  imports: [IdentityModule, PaymentProvidersModule],
  controllers: [PaymentMethodsController],
  providers: [PaymentMethods, PaymentMethodsRepository, Customers, Removals, MethodsExport],
  exports: [PaymentMethods],
})
export class PaymentMethodsModule {}
