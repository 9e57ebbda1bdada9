import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { OrdersModule } from '../orders';
import { StoresModule } from '../stores';
import { AdminContactsController } from './admin-contacts.controller';
import { ConversationsExport } from './conversations-export';
import { ConversationsController } from './conversations.controller';
import { ConversationsRepository } from './conversations.repository';
import { Conversations } from './conversations.service';
import { MerchantConversationsController } from './merchant-conversations.controller';
import { KeyChanges } from './key-changes';
import { MessageReports } from './message-reports';
import { MessageReportsController } from './message-reports.controller';
import { MessageWriter } from './message-writer';
import { OrderThreads } from './order-threads';
import { SealedWords } from './sealed-words';
import { StoreLinks } from './store-links';
import { StoreLinksController } from './store-links.controller';

/** What buyers and merchants say to each other. */
@Module({
  imports: [IdentityModule, StoresModule, OrdersModule],
  controllers: [
    ConversationsController,
    MerchantConversationsController,
    StoreLinksController,
    MessageReportsController,
    AdminContactsController,
  ],
  providers: [
    ...[ConversationsRepository, MessageWriter, SealedWords, Conversations, MessageReports],
    ...[OrderThreads, KeyChanges, StoreLinks, ConversationsExport],
  ],
  exports: [OrderThreads, StoreLinks],
})
export class MessagingModule {}
