import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Catalog } from '../catalog';
import { HANDOFF_EXPIRING, HandoffsService } from '../checkout-session';
import { Accounts, ApiKeys, ErasureRegistry, OneTimeTokens, type UserToWriteTo } from '../identity';
import {
  ORDER_CANCELLED,
  ORDER_DELIVERED,
  ORDER_PLACED,
  ORDER_SHIPPED,
  OrderAccessTokens,
  OrdersService,
  type OrderToTell,
} from '../orders';
import { Clock } from '../platform/clock';
import { Config } from '../platform/config';
import { Vault, keyedHash, type DataKey } from '../platform/crypto';
import type { Tx } from '../platform/database';
import { Events, type DomainEvent } from '../platform/events';
import { Counters, LANGUAGES, type Language, type Limit } from '../platform/http';
import { Mails, type MailText } from '../platform/mail';
import { StoreDirectory } from '../stores';
import { passwordChangedLetter, resetLetter, verifyLetter } from './letters/account-letters';
import { write, type Letter } from './letters/letter';
import {
  handoffLetter,
  lowStockLetter,
  merchantOrderLetter,
  merchantReturnLetter,
  orderLetter,
  type OrderFacts,
  type OrderNews,
  type TotalsOfChange,
} from './letters/order-letters';
import { Links } from './links';

/** Names this subscriber in delivery rows, for good. */
const CONSUMER = 'notifications.mail';
/** As long as the links work. */
const VERIFY_MS = 24 * 60 * 60 * 1000;
const RESET_MS = 30 * 60 * 1000;
/** Mails about orders to one address that its owner has not proved: whoever buys says where they go, and stores what they say. */
const MAILS_TO_ONE: Limit = { name: 'order-mails', most: 20, perSeconds: 3_600 };
const DEFAULT_LANGUAGE: Language = LANGUAGES[0];

const MADE: Record<string, OrderNews> = {
  [ORDER_PLACED]: 'placed',
  [ORDER_SHIPPED]: 'shipped',
  [ORDER_DELIVERED]: 'delivered',
  [ORDER_CANCELLED]: 'cancelled',
  'order.change_proposed': 'change_proposed',
  'order.return_approved': 'return_approved',
  'order.return_refused': 'return_refused',
  'order.return_received': 'return_received',
  'order.exchange_placed': 'exchange_placed',
};
const NOT_CONFIRMED = 'not_confirmed_in_time';

/**
 * Hears what happened and writes to whom it concerns: one mail per event and person, of the rows as they are now. Nobody
 * is written to whose account is closed or whose data key is destroyed.
 */
@Injectable()
export class Notifications implements OnModuleInit {
  private readonly links: Links;
  private readonly logger = new Logger('Notifications');
  private readonly hashKey: DataKey;

  constructor(
    private readonly mails: Mails,
    private readonly events: Events,
    private readonly accounts: Accounts,
    private readonly apiKeys: ApiKeys,
    private readonly oneTimeTokens: OneTimeTokens,
    private readonly orders: OrdersService,
    private readonly orderTokens: OrderAccessTokens,
    private readonly handoffs: HandoffsService,
    private readonly stores: StoreDirectory,
    private readonly catalog: Catalog,
    private readonly erasures: ErasureRegistry,
    private readonly clock: Clock,
    private readonly counters: Counters,
    vault: Vault,
    config: Config,
  ) {
    this.links = new Links(config.APP_URL);
    this.hashKey = vault.serverKey('mails to one address');
  }

  onModuleInit(): void {
    this.erasures.register('notifications', async (tx, userId) => {
      await this.mails.withdraw(tx, [userId, ...(await this.accounts.guestsOf(tx, userId))]);
    });
    if (!this.mails.enabled) return;
    const hear = (type: string, tell: (tx: Tx, event: DomainEvent) => Promise<void>) =>
      this.events.subscribe(type, CONSUMER, tell);
    for (const type of ['identity.registered', 'identity.verification_requested'])
      hear(type, (tx, event) => this.askToVerify(tx, event));
    hear('identity.password_reset_requested', (tx, event) => this.offerReset(tx, event));
    hear('identity.password_changed', (tx, event) => this.tellPasswordChanged(tx, event));
    for (const [type, news] of Object.entries(MADE)) hear(type, (tx, event) => this.tellOfOrder(tx, event, news));
    hear('order.return_requested', (tx, event) => this.tellMerchantOfReturn(tx, event));
    hear(HANDOFF_EXPIRING, (tx, event) => this.remindOfHandoff(tx, event));
    hear('inventory.low', (tx, event) => this.tellOfLowStock(tx, event));
  }

  private async askToVerify(tx: Tx, event: DomainEvent): Promise<void> {
    await this.toUser(tx, event, 'verify_address', event.aggregateId, async ({ id, locale, emailVerified }) => {
      // The address proved to be theirs meanwhile.
      if (emailVerified) return undefined;
      const token = await this.oneTimeTokens.issue(tx, id, 'verify_email');
      return { letter: verifyLetter(locale, this.links.verify(token)), useUntil: this.in(VERIFY_MS) };
    });
  }

  private async offerReset(tx: Tx, event: DomainEvent): Promise<void> {
    await this.toUser(tx, event, 'reset_password', event.aggregateId, async ({ id, locale }) => {
      const token = await this.oneTimeTokens.issue(tx, id, 'reset_password');
      return { letter: resetLetter(locale, this.links.reset(token)), useUntil: this.in(RESET_MS) };
    });
  }

  private async tellPasswordChanged(tx: Tx, event: DomainEvent): Promise<void> {
    await this.toUser(tx, event, 'password_changed', event.aggregateId, async ({ id, locale }) => ({
      letter: passwordChangedLetter(locale, await this.apiKeys.countLive(tx, id)),
    }));
  }

  /** The buyer, by the contact of the order; and, of a new order on Muse, the merchant. */
  private async tellOfOrder(tx: Tx, event: DomainEvent, news: OrderNews): Promise<void> {
    const { exchangeOrderId, returnId, code } = event.payload as Record<string, string | undefined>;
    // An exchange is told once, as what the buyer gets: the order that replaces something.
    if (news === 'return_received' && exchangeOrderId !== undefined) return;
    const isTold = news === 'placed' && returnId !== undefined;
    const told = await this.orders.toTell(tx, exchangeOrderId ?? event.aggregateId);
    if (!told) return;
    if (!isTold)
      await this.tellBuyer(tx, event, news === 'cancelled' && code === NOT_CONFIRMED ? 'not_confirmed' : news, told);
    if (news === 'placed') await this.tellMerchant(tx, event, 'merchant_order', told, merchantOrderLetter);
  }

  private async tellMerchantOfReturn(tx: Tx, event: DomainEvent): Promise<void> {
    const told = await this.orders.toTell(tx, event.aggregateId);
    if (told) await this.tellMerchant(tx, event, 'merchant_return', told, merchantReturnLetter);
  }

  private async tellBuyer(tx: Tx, event: DomainEvent, news: OrderNews, told: OrderToTell): Promise<void> {
    const { order, buyerUserId, contact } = told;
    if (!contact) return;
    const user = buyerUserId === null ? undefined : await this.accounts.toWriteTo(tx, buyerUserId);
    if (buyerUserId !== null && !user) return;
    const language = contact.locale ?? user?.locale ?? DEFAULT_LANGUAGE;
    const key = { causeId: event.id, kind: `order_${news}`, subjectId: contact.subjectId };
    const isProved = user?.emailVerified === true && user.email.toLowerCase() === contact.email.toLowerCase();
    await this.mails.post(tx, key, async () => {
      if (!isProved && !(await this.hasRoom(tx, event, contact.email))) return undefined;
      const link = this.links.order(order.id, await this.orderTokens.issue(tx, order.id));
      const replyTo = order.store.support.email;
      return { ...write(orderLetter(news, language, order, link, totalsOf(event))), to: contact.email, replyTo };
    });
  }

  /** Counts a mail to an address that somebody has only claimed. What is over the limit is not sent; the log has the event. */
  private async hasRoom(tx: Tx, { id, type }: DomainEvent, email: string): Promise<boolean> {
    const recipient = keyedHash(this.hashKey, email.toLowerCase()).toString('base64url');
    if (await this.counters.tries(MAILS_TO_ONE, recipient, tx)) return true;
    this.logger.warn(`Not sent, for its recipient has had too many this hour: the mail about event ${id} (${type})`);
    return false;
  }

  private async tellMerchant(
    tx: Tx,
    event: DomainEvent,
    kind: string,
    { order }: OrderToTell,
    letter: (language: Language, order: OrderFacts) => Letter,
  ): Promise<void> {
    const store = (await this.stores.byIds([order.store.id], tx)).get(order.store.id);
    if (store?.kind !== 'merchant' || store.ownerUserId === null) return;
    await this.toUser(tx, event, kind, store.ownerUserId, ({ locale }) =>
      Promise.resolve({ letter: letter(locale, order) }),
    );
  }

  private async remindOfHandoff(tx: Tx, event: DomainEvent): Promise<void> {
    const cart = await this.handoffs.reminder(tx, event.payload['handoffId'] as string);
    if (!cart) return;
    const key = { causeId: event.id, kind: 'handoff_reminder', subjectId: cart.subjectId };
    await this.mails.post(tx, key, async () => {
      if (!(await this.hasRoom(tx, event, cart.email))) return undefined;
      const letter = handoffLetter(cart.locale ?? DEFAULT_LANGUAGE, cart);
      return { ...write(letter), to: cart.email, useUntil: cart.expiresAt };
    });
  }

  private async tellOfLowStock(tx: Tx, event: DomainEvent): Promise<void> {
    const { storeId, available, threshold } = event.payload as {
      storeId: string;
      available: number;
      threshold: number;
    };
    const store = (await this.stores.byIds([storeId], tx)).get(storeId);
    const name = await this.catalog.nameOf(tx, event.aggregateId);
    if (!store || store.ownerUserId === null || !name) return;
    const stock = { storeName: store.name, ...name, available, threshold };
    await this.toUser(tx, event, 'low_stock', store.ownerUserId, ({ locale }) =>
      Promise.resolve({ letter: lowStockLetter(locale, stock) }),
    );
  }

  /** One mail to an account, unless it is closed. */
  private async toUser(
    tx: Tx,
    event: DomainEvent,
    kind: string,
    userId: string,
    compose: (user: UserToWriteTo) => Promise<{ letter: Letter; useUntil?: Date } | undefined>,
  ): Promise<void> {
    const user = await this.accounts.toWriteTo(tx, userId);
    if (!user) return;
    await this.mails.post(
      tx,
      { causeId: event.id, kind, subjectId: userId },
      async (): Promise<MailText | undefined> => {
        const composed = await compose(user);
        return composed && { ...write(composed.letter), to: user.email, useUntil: composed.useUntil };
      },
    );
  }

  private in(ms: number): Date {
    return new Date(this.clock.now().getTime() + ms);
  }
}

/** What an order costs, and would with the change that the event proposes. */
function totalsOf({ payload }: DomainEvent): TotalsOfChange | undefined {
  const { totalBefore, totalAfter, currency } = payload as {
    totalBefore?: number;
    totalAfter?: number;
    currency?: string;
  };
  if (totalBefore === undefined || totalAfter === undefined || currency === undefined) return undefined;
  return { before: { amount: totalBefore, currency }, after: { amount: totalAfter, currency } };
}
