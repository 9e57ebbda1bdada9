import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog';
import { CheckoutSessionModule } from '../checkout-session';
import { IdentityModule } from '../identity';
import { OrdersModule } from '../orders';
import { StoresModule } from '../stores';
import { MailsExport } from './mails-export';
import { Notifications } from './notifications.service';

/** What is told to whom, in which words. */
@Module({
  imports: [IdentityModule, StoresModule, CatalogModule, OrdersModule, CheckoutSessionModule],
  providers: [Notifications, MailsExport],
})
export class NotificationsModule {}
