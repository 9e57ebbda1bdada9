import { Module, type Type } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { PaymentsModule } from '../payments';
import { StoresModule } from '../stores';
import { AccountsExport } from './accounts/accounts-export';
import { AccountsRepository } from './accounts/accounts.repository';
import { Consents } from './accounts/consents';
import { Integrations } from './accounts/integrations';
import { IntegrationsController } from './accounts/integrations.controller';
import { StoreAccounts } from './accounts/store-accounts';
import { Unlinking } from './accounts/unlinking';
import { AdminAffiliatesController } from './affiliates/admin-affiliates.controller';
import { AffiliateProgrammes } from './affiliates/affiliate-programmes';
import { AdminAutomationController } from './automation/admin-automation.controller';
import { Automation } from './automation/automation';
import { AutomationHealth } from './automation/automation-health';
import { AutomationPolicies } from './automation/automation-policies';
import { AutomationPrivacy } from './automation/automation-privacy';
import { Checks } from './automation/checks';
import { ChecksRepository } from './automation/checks.repository';
import { CredentialsController } from './automation/credentials.controller';
import { Permits } from './automation/permits';
import { Proofs } from './automation/proofs';
import { RunRecords } from './automation/run-records';
import { Runs } from './automation/runs';
import { SignIns } from './automation/sign-ins';
import { SignInsRepository } from './automation/sign-ins.repository';
import { Trails } from './automation/trails';
import { ImapClient } from './mailboxes/imap-client';
import { MailForwardings } from './mailboxes/mail-forwardings';
import { MailProviders } from './mailboxes/mail-providers';
import { MailWebhooks } from './mailboxes/mail-webhooks';
import { MailWebhooksController } from './mailboxes/mail-webhooks.controller';
import { MailboxCallbackController } from './mailboxes/mailbox-callback.controller';
import { MailboxConsents } from './mailboxes/mailbox-consents';
import { MailboxKeeping } from './mailboxes/mailbox-keeping';
import { MailboxLinking } from './mailboxes/mailbox-linking';
import { MailboxLinksRepository } from './mailboxes/mailbox-links.repository';
import { MailboxTokens } from './mailboxes/mailbox-tokens';
import { MailboxWatch } from './mailboxes/mailbox-watch';
import { MailboxWatcher } from './mailboxes/mailbox-watcher';
import { Mailboxes } from './mailboxes/mailboxes';
import { MailboxesController } from './mailboxes/mailboxes.controller';
import { MailboxesPrivacy } from './mailboxes/mailboxes-privacy';
import { MailboxesRepository } from './mailboxes/mailboxes.repository';
import type { CheckoutStrategy } from './checkout-strategy';
import { CHECKOUT_STRATEGIES, CheckoutStrategyRegistry } from './checkout-strategy.registry';
import { AdminConnectionsController } from './connections/admin-connections.controller';
import { ConnectionSettings } from './connections/connection-settings';
import { Connections } from './connections/connections';
import { StoreCalls } from './connections/store-calls';
import { FollowedCalls } from './following/followed-calls';
import { OrderPolls } from './following/order-polls';
import { StoreAvailability } from './following/store-availability';
import { StoreOrderAsks } from './following/store-order-asks';
import { StoreOrders } from './following/store-orders';
import { StoreWebhooks } from './following/store-webhooks';
import { StoreWebhooksController } from './following/store-webhooks.controller';
import { MailFindings } from './mail-findings/mail-findings';
import { MailFindingsPrivacy } from './mail-findings/mail-findings-privacy';
import { MailFindingsRepository } from './mail-findings/mail-findings.repository';
import { OrderMails } from './order-mails/order-mails';
import { LinkCallbackController } from './oauth/link-callback.controller';
import { Linking } from './oauth/linking';
import { LinksRepository } from './oauth/links.repository';
import { OAuthClient } from './oauth/oauth-client';
import { Revocations } from './oauth/revocations';
import { AdminPlatformsController } from './platforms/admin-platforms.controller';
import { PlatformDetection } from './platforms/platform-detection';
import { StorePlatforms } from './platforms/store-platforms';
import { AcpApi } from './protocols/acp/acp-api';
import { AcpClient } from './protocols/acp/acp-client';
import { AcpWebhookVerifier } from './protocols/acp/acp-webhook-verifier';
import { MarlowApi } from './protocols/private/marlow/marlow-api';
import { StoreHttp } from './protocols/store-http';
import { STORE_APIS, StoreApiRegistry, type NamedStoreApi } from './protocols/store-api.registry';
import { SigningKeys } from './protocols/ucp/signing-keys';
import { SigningKeysController } from './protocols/ucp/signing-keys.controller';
import { StoreProfiles } from './protocols/ucp/store-profiles';
import { UcpApi } from './protocols/ucp/ucp.api';
import { UcpClient } from './protocols/ucp/ucp-client';
import { UcpWebhooks } from './protocols/ucp/ucp-webhooks';
import { WEBHOOK_VERIFIERS, type WebhookVerifier } from './protocols/webhook-verifier';
import { AdminRecipesController } from './recipes/admin-recipes.controller';
import { RecipeRunner } from './recipes/recipe-runner';
import { CarrierPolls } from './carriers/carrier-polls';
import { CarrierClients } from './carriers/clients/carrier-clients';
import { TrackedParcels } from './carriers/tracked-parcels';
import { Recipes } from './recipes/recipes';
import { Breakers } from './breaker/breakers';
import { ApiCheckouts } from './strategies/oauth-api/api-checkouts.repository';
import { ApiPaying } from './strategies/oauth-api/api-paying';
import { ApiPlacing } from './strategies/oauth-api/api-placing';
import { ApiQuoting } from './strategies/oauth-api/api-quoting';
import { DelegatedTokens } from './strategies/oauth-api/delegated-tokens';
import { LinkedStoreWays } from './strategies/oauth-api/linked-store-ways';
import { OauthApiStrategy } from './strategies/oauth-api/oauth-api.strategy';
import { StoreAsking } from './strategies/oauth-api/store-asking';
import { StoreWays } from './strategies/oauth-api/store-ways';
import { Challenges } from './challenges/challenges';
import { BrowserCheckouts } from './strategies/headless/browser-checkouts.repository';
import { StorePages } from './following/followed-store';
import { BrowserOrders } from './strategies/headless/browser-orders';
import { BrowserPlacing } from './strategies/headless/browser-placing';
import { BrowserQuoting } from './strategies/headless/browser-quoting';
import { BrowserRuns } from './strategies/headless/browser-runs';
import { HeadlessStrategy } from './strategies/headless/headless.strategy';
import { DirectStrategy } from './strategies/direct/direct.strategy';
import { RedirectStrategy } from './strategies/redirect/redirect.strategy';

/** Who speaks to stores by API: each is a provider below and one name in this list. */
const APIS: Type<NamedStoreApi>[] = [UcpApi, AcpApi, MarlowApi];

/** Who can tell whether a webhook is a store's own, one a protocol. */
const VERIFIERS: Type<WebhookVerifier>[] = [UcpWebhooks, AcpWebhookVerifier];

/** How orders are placed with each kind of store. A new tier is one class here and one line below. */
@Module({
  imports: [IdentityModule, StoresModule, PaymentsModule],
  controllers: [
    ...[AdminConnectionsController, LinkCallbackController, IntegrationsController],
    ...[StoreWebhooksController, SigningKeysController],
    AdminRecipesController,
    ...[CredentialsController, AdminAutomationController],
    ...[MailboxesController, MailboxCallbackController, MailWebhooksController],
    AdminAffiliatesController,
    AdminPlatformsController,
  ],
  providers: [
    ...[Connections, ConnectionSettings, StoreCalls],
    ...[AccountsRepository, StoreAccounts, AccountsExport, Consents, Integrations, Unlinking],
    ...[OAuthClient, Revocations, LinksRepository, Linking],
    ...[StoreHttp, SigningKeys, StoreProfiles, UcpClient, AcpClient],
    ...APIS,
    { provide: STORE_APIS, inject: APIS, useFactory: (...apis: NamedStoreApi[]) => apis },
    StoreApiRegistry,
    ...VERIFIERS,
    {
      provide: WEBHOOK_VERIFIERS,
      inject: VERIFIERS,
      useFactory: (...verifiers: WebhookVerifier[]) => verifiers,
    },
    ...[FollowedCalls, StoreOrders, StoreWebhooks, OrderPolls, StoreOrderAsks, StoreAvailability],
    ...[CarrierClients, TrackedParcels, CarrierPolls],
    ...[Breakers, ApiCheckouts, ApiQuoting, ApiPaying, ApiPlacing, StoreAsking, DelegatedTokens],
    ...[Recipes, RecipeRunner],
    OrderMails,
    ...[MailFindings, MailFindingsRepository, MailFindingsPrivacy],
    ...[Permits, SignInsRepository, SignIns, RunRecords, Trails, Runs, Proofs, Automation, AutomationPolicies],
    ...[AutomationHealth, AutomationPrivacy, Checks, ChecksRepository],
    ...[MailProviders, ImapClient, MailboxesRepository, MailboxConsents, MailboxTokens, MailboxKeeping, Mailboxes],
    ...[MailboxLinksRepository, MailboxLinking, MailboxWatch, MailboxWatcher, MailForwardings, MailWebhooks],
    MailboxesPrivacy,
    { provide: StoreWays, useClass: LinkedStoreWays },
    OauthApiStrategy,
    ...[Challenges, BrowserCheckouts, BrowserRuns, BrowserQuoting, BrowserPlacing, HeadlessStrategy],
    { provide: StorePages, useClass: BrowserOrders },
    DirectStrategy,
    ...[PlatformDetection, StorePlatforms],
    RedirectStrategy,
    {
      provide: CHECKOUT_STRATEGIES,
      inject: [DirectStrategy, OauthApiStrategy, HeadlessStrategy, RedirectStrategy],
      useFactory: (...strategies: CheckoutStrategy[]) => strategies,
    },
    CheckoutStrategyRegistry,
    AffiliateProgrammes,
  ],
  exports: [
    AffiliateProgrammes,
    ...[CheckoutStrategyRegistry, StoreCalls, StoreAccounts, Connections, ConnectionSettings],
    ...[StoreOrders, StoreOrderAsks, StoreAvailability, TrackedParcels],
    ...[Recipes, AutomationPolicies, Challenges],
    OrderMails,
    MailFindings,
  ],
})
export class StoreIntegrationsModule {}
