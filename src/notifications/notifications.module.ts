import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog';
import { CheckoutSessionModule } from '../checkout-session';
import { IdentityModule } from '../identity';
import { MessagingModule } from '../messaging';
import { OrdersModule } from '../orders';
import { StoresModule } from '../stores';
import { MailsExport } from './mails-export';
import { Notifications } from './notifications.service';
import { StoreContacts } from './store-contacts';

/** What is told to whom, in which words. */
@Module({
  imports: [IdentityModule, StoresModule, CatalogModule, OrdersModule, CheckoutSessionModule, MessagingModule],
  providers: [Notifications, MailsExport, StoreContacts],
})
export class NotificationsModule {}
