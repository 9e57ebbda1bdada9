import { Injectable, type OnModuleInit } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { Accounts, ErasureRegistry, PublicKeys, type Caller } from '../identity';
import { Config } from '../platform/config';
import { Database, statement, type Tx } from '../platform/database';
import { Events } from '../platform/events';
import { InvalidField, InvalidRequest, NotFound } from '../platform/http';
import { isPublicHost, isPublicUrl, isUrl } from '../platform/http-client';
import { cartLinkFault } from './cart-link';
import { DeliveryOptions } from './delivery-options.service';
import type { MakeStoreRequest, PatchStoreRequest, StoreBasics, SupportDto } from './dto/make-store.request';
import type { MakePartnerStoreRequest, PatchPartnerStoreRequest } from './dto/partner-store.request';
import type { MakeUnclaimedStoreRequest } from './dto/unclaimed-store.request';
import { ManagedStoreResponse } from './dto/store.response';
import { Store, type AutomationPolicy } from './entities/store.entity';
import { slugOf } from './slug';
import { StoreDirectory } from './store-directory';
import { AgreementNeeded, StoreLimitReached } from './stores.errors';

export const STORES_PER_MERCHANT = 20;

// Orders and carts still name it; nobody runs it any more, and nobody is to be written to.
const LEAVE = statement(
  'stores.leave',
  `UPDATE stores SET status = 'closed', owner_user_id = NULL, support_email = NULL, support_phone = NULL, support_url = NULL,
          version = version + 1, updated_at = now()
    WHERE owner_user_id = $1 RETURNING id`,
);

const LEARN_PLATFORM = statement(
  'stores.learn_platform',
  `UPDATE stores SET platform = $2, version = version + 1, updated_at = now()
    WHERE id = $1 AND kind = 'partner' AND (platform IS NULL OR $3) AND platform IS DISTINCT FROM $2 RETURNING id`,
);

/**
 * Makes and changes stores.
 * Errors: NotFound for another's store; InvalidField for an address that is not https or a cart link that leads
 * elsewhere; StoreLimitReached.
 */
@Injectable()
export class Stores implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly events: Events,
    private readonly accounts: Accounts,
    private readonly erasures: ErasureRegistry,
    private readonly directory: StoreDirectory,
    private readonly deliveryOptions: DeliveryOptions,
    private readonly keys: PublicKeys,
  ) {}

  onModuleInit(): void {
    this.erasures.register('stores', (tx, userId) => this.leave(tx, userId), { stores: true });
  }

  /** The stores of a merchant who closes the account close with it. */
  private async leave(tx: Tx, userId: string): Promise<void> {
    const left = await tx.rows<{ id: string }>(LEAVE, [userId]);
    await this.events.publish(
      tx,
      ...left.map(({ id }) => ({ type: 'stores.store_closed', aggregateId: id, payload: { storeId: id } })),
    );
  }

  /** A store of the caller's own, who becomes a merchant by it. */
  async makeStore(tx: Tx, caller: Caller, body: MakeStoreRequest): Promise<ManagedStoreResponse> {
    // The owner's row first: of stores that are made at once, exactly as many get through as have room.
    await this.accounts.lockFor(tx, caller);
    await this.accounts.addRole(tx, caller.id, 'merchant');
    if ((await tx.repository(Store).countBy({ ownerUserId: caller.id })) >= STORES_PER_MERCHANT) {
      throw new StoreLimitReached(STORES_PER_MERCHANT);
    }
    const store = await this.insert(tx, {
      ...this.basics(body),
      kind: 'merchant',
      tier: 'direct',
      ownerUserId: caller.id,
      url: this.webAddress('/url', body.url ?? null),
    });
    return ManagedStoreResponse.of(store, []);
  }

  /** An outside shop with its delivery options; for admins. */
  async makePartnerStore(tx: Tx, body: MakePartnerStoreRequest): Promise<ManagedStoreResponse> {
    this.assertPublicHosts(body.hosts);
    this.assertCartLink(body.cartLink ?? null, body.hosts);
    if (body.automationPolicy === 'allowed') throw new AgreementNeeded();
    const store = await this.insert(tx, {
      ...this.basics(body),
      kind: 'partner',
      tier: body.tier,
      platform: body.platform ?? null,
      url: this.webAddress('/url', body.url),
      hosts: [...new Set(body.hosts)],
      linkRequired: body.linkRequired ?? false,
      cartLink: body.cartLink ?? null,
    });
    await this.deliveryOptions.addAll(tx, store, body.deliveryOptions ?? []);
    return this.managed(tx, store);
  }

  /** A store of a contact outside Muse: it takes messages and no orders until somebody claims it; for admins. Throws InvalidRequest. */
  async makeUnclaimedStore(tx: Tx, body: MakeUnclaimedStoreRequest): Promise<ManagedStoreResponse> {
    const { email, key } = body.contact;
    if (email === undefined && key === undefined)
      throw new InvalidRequest([{ pointer: '/contact', detail: 'must have an email or a key' }]);
    const store = await this.insert(tx, {
      ...this.basics(body),
      kind: 'merchant',
      tier: 'direct',
      contactEmail: email ?? null,
      contactKey: key !== undefined,
      url: this.webAddress('/url', body.url ?? null),
    });
    if (key) await this.keys.publish(tx, { kind: 'store', id: store.id }, key);
    return ManagedStoreResponse.of(store, []);
  }

  async patchStore(caller: Caller, storeId: string, body: PatchStoreRequest): Promise<ManagedStoreResponse> {
    return this.database.transaction(async (tx) => {
      const store = await this.directory.lockOwnedStore(tx, caller, storeId);
      if (store.kind !== 'merchant') throw new NotFound('store');
      if (body.orderConfirmHours !== undefined) store.orderConfirmHours = body.orderConfirmHours;
      if (body.orderCompleteDays !== undefined) store.orderCompleteDays = body.orderCompleteDays;
      return this.change(tx, store, body);
    });
  }

  /** Changes a partner store; for admins. */
  async patchPartnerStore(
    caller: Caller,
    storeId: string,
    body: PatchPartnerStoreRequest,
  ): Promise<ManagedStoreResponse> {
    return this.database.transaction(async (tx) => {
      const store = await this.directory.lockOwnedStore(tx, caller, storeId);
      if (store.kind !== 'partner') throw new NotFound('store');
      if (body.url === null) throw new InvalidField('/url', 'a partner store must keep an address');
      if (body.tier !== undefined) store.tier = body.tier;
      if (body.platform !== undefined) store.platform = body.platform;
      if (body.hosts !== undefined) {
        this.assertPublicHosts(body.hosts);
        store.hosts = [...new Set(body.hosts)];
      }
      if (body.automationPolicy !== undefined && body.automationPolicy !== store.automationPolicy) {
        if (body.automationPolicy === 'allowed') throw new AgreementNeeded();
        await this.decideAutomation(tx, caller, store, 'forbidden', null);
      }
      if (body.linkRequired !== undefined) store.linkRequired = body.linkRequired;
      if (body.cartLink !== undefined) store.cartLink = body.cartLink;
      this.assertCartLink(store.cartLink, store.hosts);
      return this.change(tx, store, body);
    });
  }

  /** Whether a browser may order at a partner store, and by which agreement; for admins. From the next run on. */
  async setAutomationPolicy(
    tx: Tx,
    caller: Caller,
    storeId: string,
    policy: AutomationPolicy,
    agreement: string | null,
  ): Promise<Store> {
    const store = await this.directory.lockOwnedStore(tx, caller, storeId);
    if (store.kind !== 'partner') throw new NotFound('store');
    await this.decideAutomation(tx, caller, store, policy, agreement);
    store.version += 1;
    store.updatedAt = new Date();
    return tx.repository(Store).save(store);
  }

  /**
   * A partner store is seen to run this. What an admin has said stands, unless `instead`. False where nothing changed.
   */
  async learnPlatform(tx: Tx, storeId: string, platform: string, instead = false): Promise<boolean> {
    return (await tx.maybeOne(LEARN_PLATFORM, [storeId, platform, instead])) !== undefined;
  }

  private async decideAutomation(
    tx: Tx,
    caller: Caller,
    store: Store,
    policy: AutomationPolicy,
    agreement: string | null,
  ): Promise<void> {
    store.automationPolicy = policy;
    store.automationAgreement = agreement;
    store.automationPolicyVersion += 1;
    const payload = { storeId: store.id, policy, version: store.automationPolicyVersion, by: caller.id };
    await this.events.publish(tx, { type: 'stores.automation_policy_set', aggregateId: store.id, payload });
  }

  /** What merchants and admins may change alike. */
  private async change(tx: Tx, store: Store, body: PatchStoreRequest): Promise<ManagedStoreResponse> {
    const before = store.status;
    if (body.name !== undefined) store.name = body.name;
    if (body.country !== undefined) store.country = body.country;
    if (body.url !== undefined) store.url = this.webAddress('/url', body.url);
    if (body.policies !== undefined) store.policies = this.policies(body);
    if (body.status !== undefined) store.status = body.status;
    if (body.support) Object.assign(store, this.support(body.support));
    store.version += 1;
    store.updatedAt = new Date();
    await tx.repository(Store).save(store);
    if (store.status !== before) {
      await this.events.publish(tx, {
        type: store.status === 'closed' ? 'stores.store_closed' : 'stores.store_opened',
        aggregateId: store.id,
        payload: { storeId: store.id },
      });
    }
    return this.managed(tx, store);
  }

  private async insert(tx: Tx, values: Partial<Store> & { name: string }): Promise<Store> {
    const repository = tx.repository(Store);
    const wanted = slugOf(values.name);
    const slug = (await repository.existsBy({ slug: wanted })) ? `${wanted}-${randomBytes(4).toString('hex')}` : wanted;
    const { id } = await repository.save({ ...values, slug });
    const store = await repository.findOneByOrFail({ id });
    await this.events.publish(tx, {
      type: 'stores.store_opened',
      aggregateId: store.id,
      payload: { storeId: store.id, kind: store.kind, tier: store.tier },
    });
    return store;
  }

  private basics(body: StoreBasics) {
    return {
      name: body.name,
      currency: body.currency,
      country: body.country,
      ...this.support(body.support ?? {}),
      policies: this.policies(body),
    };
  }

  private support(support: SupportDto): Partial<Store> {
    return {
      ...(support.email !== undefined && { supportEmail: support.email }),
      ...(support.phone !== undefined && { supportPhone: support.phone }),
      ...(support.url !== undefined && { supportUrl: this.webAddress('/support/url', support.url) }),
    };
  }

  private policies({ policies }: Pick<StoreBasics, 'policies'>): Store['policies'] {
    const { returnsDays, returnsUrl, termsUrl } = policies ?? {};
    return {
      ...(returnsDays != null && { returnsDays }),
      ...(returnsUrl && { returnsUrl: this.webAddress('/policies/returnsUrl', returnsUrl)! }),
      ...(termsUrl && { termsUrl: this.webAddress('/policies/termsUrl', termsUrl)! }),
    };
  }

  /** Public and https, or outside production the exact origin of a sandbox store. */
  private webAddress(pointer: string, address: string | null): string | null {
    if (address === null) return null;
    const { protocol, origin, username } = isUrl(address)
      ? new URL(address)
      : { protocol: '', origin: '', username: '' };
    if (protocol === 'https:' && isPublicUrl(address)) return address;
    if (username === '' && this.sandboxOrigins().includes(origin)) return address;
    throw new InvalidField(pointer, 'must be a public https address without credentials');
  }

  private assertPublicHosts(hosts: string[]): void {
    const sandboxes = this.sandboxOrigins().map((origin) => new URL(origin).host);
    hosts.forEach((host, place) => {
      const { hostname } = isUrl(`https://${host}`) ? new URL(`https://${host}`) : { hostname: '' };
      if (isPublicHost(hostname) || sandboxes.includes(host)) return;
      throw new InvalidField(`/hosts/${place}`, 'must be a public host');
    });
  }

  private sandboxOrigins(): string[] {
    return this.config.isProduction ? [] : this.config.SANDBOX_ORIGINS;
  }

  private assertCartLink(link: Store['cartLink'], hosts: string[]): void {
    if (!link) return;
    const fault = cartLinkFault(link, hosts);
    if (fault) throw new InvalidField(`/cartLink${fault.pointer}`, fault.detail);
    this.webAddress('/cartLink/template', link.template);
  }

  private async managed(tx: Tx, store: Store): Promise<ManagedStoreResponse> {
    return ManagedStoreResponse.of(store, (await this.directory.deliveryOptions([store.id], tx)).get(store.id) ?? []);
  }
}
