import { Module } from '@nestjs/common';
import { CartModule } from '../cart';
import { CatalogModule } from '../catalog';
import { CheckoutSessionModule } from '../checkout-session';
import { IdentityModule } from '../identity';
import { MessagingModule } from '../messaging';
import { OrdersModule } from '../orders';
import { StoresModule } from '../stores';
import { MailsExport } from './mails-export';
import { InboxFeed } from './inbox/inbox-feed';
import { InboxRepository } from './inbox/inbox.repository';
import { Inbox } from './inbox/inbox.service';
import { NotificationsController } from './inbox/notifications.controller';
import { Parties } from './inbox/parties';
import { Notifications } from './notifications.service';
import { StoreContacts } from './store-contacts';

/** What is told to whom, in which words. */
@Module({
  imports: [
    IdentityModule,
    StoresModule,
    CatalogModule,
    CartModule,
    OrdersModule,
    CheckoutSessionModule,
    MessagingModule,
  ],
  controllers: [NotificationsController],
  providers: [Notifications, MailsExport, StoreContacts, Inbox, InboxFeed, InboxRepository, Parties],
})
export class NotificationsModule {}
