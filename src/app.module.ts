import { Module, type DynamicModule } from '@nestjs/common';
import { CartModule } from './cart';
import { CatalogModule } from './catalog';
import { CheckoutSessionModule } from './checkout-session';
import { IdentityModule } from './identity';
import { InventoryModule } from './inventory';
import { MessagingModule } from './messaging';
import { NotificationsModule } from './notifications';
import { OrdersModule } from './orders';
import { PaymentsModule } from './payments';
import { BrowserModule } from './platform/browser';
import { ClockModule } from './platform/clock';
import { ConfigModule, type Config } from './platform/config';
import { CryptoModule } from './platform/crypto';
import { DatabaseModule } from './platform/database';
import { EventsModule } from './platform/events';
import { HttpModule } from './platform/http';
import { HttpClientModule } from './platform/http-client';
import { JobsModule } from './platform/jobs';
import { MailModule } from './platform/mail';
import { MetricsModule } from './platform/metrics';
import { PricingModule } from './pricing';
import { StoreIntegrationsModule } from './store-integrations';
import { StoresModule } from './stores';
import { TrustModule } from './trust';

/** The table of contents, from the ground up (ARCHITECTURE.md says who may call whom). */
@Module({})
export class AppModule {
  static of(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ...[
          ConfigModule.of(config),
          ClockModule,
          MetricsModule,
          DatabaseModule,
          CryptoModule,
          HttpModule,
          HttpClientModule,
        ],
        ...[JobsModule, EventsModule, MailModule, BrowserModule],
        ...[IdentityModule, PricingModule, StoresModule, InventoryModule, CatalogModule],
        ...[
          PaymentsModule,
          StoreIntegrationsModule,
          CartModule,
          OrdersModule,
          TrustModule,
          MessagingModule,
          CheckoutSessionModule,
          NotificationsModule,
        ],
      ],
    };
  }
}
