import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClaimRegistry } from '../../identity';
import { ORDER_NUMBER_KNOWN, ORDER_PLACED, OrderTracking } from '../../orders';
import { Clock } from '../../platform/clock';
import { Vault, keyedHash, type DataKey } from '../../platform/crypto';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import {
  CERTAIN_FROM,
  MAIL_FOUND,
  MailFindings,
  domainsOfOwner,
  registrable,
  type OpenFinding,
} from '../../store-integrations';
import { FoundStores } from '../../stores';
import { HandoffsService } from '../handoffs/handoffs.service';
import { HANDOFFS_CLAIMED, handoffMatched, orderFound } from './found-orders.events';
import { FoundOrdersRepository, type FoundRow, type OpenHandoff } from './found-orders.repository';
import { certainOf, matchesOf, type Match, type MatchCandidate } from './matching';
import { newsOf } from './mail-news';
import { numberKey, pictureOf, type MailedOrder } from './order-picture';

const CONSUMER = 'found-orders';
/** What was bought longer ago is offered without being told of: a mailbox that is read for the first time holds many. */
const TOLD_WITHIN_MS = 72 * 60 * 60 * 1000;
/** So many that are open are looked through when hand-offs or orders come. */
const MOST_OPEN = 200;
const CERTAIN = CERTAIN_FROM * 100;

type Shopper = NonNullable<Awaited<ReturnType<FoundOrdersRepository['shopper']>>>;

/**
 * Brings what mails tell to the orders that they tell of. Guarantees: under the shopper's lock, so that mails may come in any
 * order, at once, and any number of times: one order, and each mail heard once; what no proved sender says changes nothing
 * without the shopper; a hand-off of a sealed checkout is never matched here.
 */
@Injectable()
export class MailMatching implements OnModuleInit {
  private readonly hashKey: DataKey;

  constructor(
    private readonly repository: FoundOrdersRepository,
    private readonly findings: MailFindings,
    private readonly handoffs: HandoffsService,
    private readonly tracking: OrderTracking,
    private readonly stores: FoundStores,
    private readonly events: Events,
    private readonly claims: ClaimRegistry,
    private readonly clock: Clock,
    vault: Vault,
  ) {
    this.hashKey = vault.serverKey('found orders');
  }

  onModuleInit(): void {
    this.events.subscribe(MAIL_FOUND, CONSUMER, (tx, { aggregateId, payload }) =>
      this.under(tx, payload['userId'] as string, (shopper) => this.hearMail(tx, shopper, aggregateId)),
    );
    this.events.subscribe(HANDOFFS_CLAIMED, CONSUMER, (tx, { payload }) =>
      this.under(tx, payload['userId'] as string, (shopper) => this.lookAgain(tx, shopper)),
    );
    // What the shopper said themselves, or a sign-in brought along, may be what mails told of before.
    const hearOrder = async (tx: Tx, orderId: string) => {
      const buyerId = await this.repository.buyerOf(tx, orderId);
      if (buyerId === null || !(await this.repository.hasMails(tx, buyerId))) return;
      await this.under(tx, buyerId, (shopper) => this.lookAgain(tx, shopper));
    };
    const isOthers = ({ checkoutMethod, sealed }: Record<string, unknown>) =>
      checkoutMethod !== 'direct' && sealed !== true;
    this.events.subscribe(ORDER_PLACED, CONSUMER, (tx, { aggregateId }) => hearOrder(tx, aggregateId), {
      wants: isOthers,
    });
    this.events.subscribe(ORDER_NUMBER_KNOWN, CONSUMER, (tx, { aggregateId }) => hearOrder(tx, aggregateId));
    this.claims.register('found-orders', (tx, _, userId) => this.claim(tx, userId));
  }

  /** The shopper's order, from now on: hears all that its mails told, which the shopper has seen. */
  async follow(tx: Tx, found: FoundRow, orderId: string, handoffId: string | null): Promise<void> {
    this.repository.settle(tx, found.id, 'followed', orderId, handoffId);
    const mails = await this.findings.ofSubjects(tx, [found.id]);
    await this.tell(
      tx,
      orderId,
      found.id,
      mails.filter(({ status }) => status !== 'used'),
    );
    await this.tellWaiting(tx, found.userId, await this.findings.waiting(tx, found.userId));
  }

  /** How hand-offs fit what mails tell of a found order, best first. */
  matchesOf(found: FoundRow, picture: MailedOrder, handoffs: readonly OpenHandoff[]): Match[] {
    return matchesOf(
      picture,
      handoffs.map((handoff) => candidateOf(handoff, found.storeDomain)),
    );
  }

  /**
   * By which a found order is known again: the store's number; of a purchase without one the day, the goods and what they came
   * to, for its mail may be sent on. By the server's key of now, and behind it by those of before.
   */
  private hashesOf(userId: string, { orderNumber, total, items, at }: OpenFinding['told']): [Buffer, ...Buffer[]] {
    const goods = items.map(({ name, quantity }) => [name, quantity]);
    const key = orderNumber === null ? [userId, at.slice(0, 10), total, goods] : [userId, numberKey(orderNumber)];
    const hash = (by: DataKey) => keyedHash(by, JSON.stringify(key));
    return [hash(this.hashKey), ...this.hashKey.older.map(hash)];
  }

  private async under(tx: Tx, userId: string, work: (shopper: Shopper) => Promise<void>): Promise<void> {
    await this.repository.lockShopper(tx, userId);
    const shopper = await this.repository.shopper(tx, userId);
    if (shopper) await work(shopper);
  }

  /** What is found while a guest's hand-offs become the user's waits for that, and is looked at again behind it. */
  private async claim(tx: Tx, userId: string): Promise<void> {
    await this.repository.lockShopper(tx, userId);
    if (!(await this.repository.hasMails(tx, userId))) return;
    await this.events.publish(tx, { type: HANDOFFS_CLAIMED, aggregateId: userId, payload: { userId } });
  }

  private async hearMail(tx: Tx, shopper: Shopper, messageId: string): Promise<void> {
    const fresh = (await this.findings.ofMessage(tx, messageId)).filter(({ status }) => status === 'new');
    const touched = new Map<string, FoundRow>();
    const waiting: OpenFinding[] = [];
    for (const finding of fresh) {
      const found = await this.belongingTo(tx, shopper.id, finding);
      if (found) {
        touched.set(found.id, found);
        this.findings.settle(tx, [finding.id], found.status === 'dismissed' ? 'ignored' : 'offered', found.id);
      } else if (finding.told.parcels.length > 0) waiting.push(finding);
      // Nothing will ever say which order it is of.
      else this.findings.settle(tx, [finding.id], 'ignored', null);
    }
    const hasFollowed = await this.decideAll(tx, shopper, [...touched.values()]);
    await this.tellWaiting(tx, shopper.id, hasFollowed ? await this.findings.waiting(tx, shopper.id) : waiting);
  }

  /** Hand-offs or orders have come that may explain what is open. */
  private async lookAgain(tx: Tx, shopper: Shopper): Promise<void> {
    await this.decideAll(tx, shopper, await this.repository.open(tx, shopper.id, MOST_OPEN));
    await this.tellWaiting(tx, shopper.id, await this.findings.waiting(tx, shopper.id));
  }

  /**
   * Which orders are found, before any of them hears anything: sessions are locked before orders. Gives whether there are any,
   * for which then what waits is to be looked at.
   */
  private async decideAll(tx: Tx, shopper: Shopper, founds: FoundRow[]): Promise<boolean> {
    const followed: { found: FoundRow; orderId: string }[] = [];
    for (const found of founds) {
      const orderId = found.status === 'open' ? await this.decide(tx, shopper, found) : found.orderId;
      if (orderId !== null) followed.push({ found, orderId });
    }
    for (const { found, orderId } of followed) {
      const mails = await this.findings.ofSubjects(tx, [found.id]);
      await this.tellTrusted(
        tx,
        orderId,
        found.id,
        mails.filter(({ status }) => status === 'offered'),
      );
    }
    return followed.length > 0;
  }

  /** The found order that a mail tells of; undefined where it names neither number nor purchase, and has to wait. */
  private async belongingTo(
    tx: Tx,
    userId: string,
    { storeDomain, kind, told }: OpenFinding,
  ): Promise<FoundRow | undefined> {
    if (told.orderNumber === null && (kind !== 'ordered' || storeDomain === null)) return undefined;
    const hashes = this.hashesOf(userId, told);
    // A carrier names the store's number and not the store; a store writes by another domain of its house. Never another's.
    const own = storeDomain === null ? null : domainsOfOwner(storeDomain);
    const [known, another] = (await this.repository.byKey(tx, userId, hashes)).filter(
      (found) => own === null || own.includes(found.storeDomain),
    );
    if (known && !another) return known;
    return storeDomain === null ? undefined : this.repository.note(tx, userId, storeDomain, hashes[0]);
  }

  /** The order that a found one is, if that needs no question; else the shopper is asked, once. */
  private async decide(tx: Tx, shopper: Shopper, found: FoundRow): Promise<string | null> {
    const mails = await this.findings.ofSubjects(tx, [found.id]);
    const whole = pictureOf(mails);
    if (!whole) return null;
    if (whole.storeOrderNumber !== null) {
      const [known] = await this.repository.ordersByNumber(
        tx,
        shopper.id,
        numberKey(whole.storeOrderNumber),
        domainsOfOwner(found.storeDomain),
      );
      if (known !== undefined) {
        this.repository.settle(tx, found.id, 'followed', known, null);
        return known;
      }
    }
    const trusted = pictureOf(mails.filter(isTrusted));
    if (trusted && shopper.privacy !== 'paranoid') {
      const orderId = await this.match(tx, found, trusted);
      if (orderId !== null) return orderId;
    }
    await this.offer(tx, found, whole);
    return null;
  }

  private async match(tx: Tx, found: FoundRow, mailed: MailedOrder): Promise<string | null> {
    const open = await this.repository.handoffs(tx, found.userId);
    const certain = certainOf(mailed, this.matchesOf(found, mailed, open));
    if (!certain) return null;
    const ordered = await this.handoffs.orderedByMail(tx, certain.handoffId, atStore(mailed));
    // Given up, or ordered otherwise, since it was read.
    if (!ordered) return null;
    const { orderId } = ordered;
    this.repository.settle(tx, found.id, 'followed', orderId, certain.handoffId);
    const { storeId } = open.find(({ id }) => id === certain.handoffId)!;
    await this.events.publish(tx, handoffMatched(orderId, storeId, certain.handoffId));
    return orderId;
  }

  private async offer(tx: Tx, { id, userId, storeDomain, toldAt }: FoundRow, mailed: MailedOrder): Promise<void> {
    if (toldAt !== null || mailed.latestAt.getTime() < this.clock.now().getTime() - TOLD_WITHIN_MS) return;
    this.repository.told(tx, id);
    const [known] = await this.stores.ofDomains(tx, domainsOfOwner(storeDomain));
    await this.events.publish(tx, orderFound(id, userId, known?.id ?? null, storeDomain));
  }

  /** An order hears of a mail only where that is proved to be its store's or carrier's; what is not stays unheard. */
  private async tellTrusted(tx: Tx, orderId: string, subjectId: string, mails: OpenFinding[]): Promise<void> {
    const others = mails.filter((mail) => !isTrusted(mail)).map(({ id }) => id);
    this.findings.settle(tx, others, 'ignored', subjectId);
    await this.tell(tx, orderId, subjectId, mails.filter(isTrusted));
  }

  private async tell(tx: Tx, orderId: string, subjectId: string, mails: OpenFinding[]): Promise<void> {
    for (const mail of mails) await this.tracking.hear(tx, orderId, newsOf(mail));
    this.findings.settle(
      tx,
      mails.map(({ id }) => id),
      'used',
      subjectId,
    );
  }

  /** Mails without a number: by the parcel that they tell of, or, of a store, by the only order that is on its way from there. */
  private async tellWaiting(tx: Tx, userId: string, waiting: OpenFinding[]): Promise<void> {
    if (waiting.length === 0) return;
    const numbers = waiting.flatMap(parcelsOf);
    const ofParcels = await this.repository.ordersByParcel(tx, userId, numbers);
    for (const mail of waiting) {
      const told = parcelsOf(mail);
      const ofMail = ofParcels.filter(({ number, hosts }) => told.includes(number) && mayTell(mail, hosts));
      const known = [...new Set(ofMail.map(({ orderId }) => orderId))];
      const [orderId, another] = known.length > 0 ? known : await this.onTheirWay(tx, userId, mail);
      if (orderId === undefined || another !== undefined) continue;
      const [found] = await this.repository.ofOrders(tx, userId, [orderId]);
      await this.tellTrusted(tx, orderId, found?.id ?? orderId, [mail]);
    }
  }

  private async onTheirWay(tx: Tx, userId: string, { storeDomain, occurredAt, told }: OpenFinding): Promise<string[]> {
    if (storeDomain === null || told.orderNumber !== null) return [];
    return this.repository.ordersOnTheirWay(tx, userId, domainsOfOwner(storeDomain), occurredAt);
  }
}

/** How an order is told what a mail says it came to. */
export function atStore({ storeOrderNumber, total, at }: MailedOrder): Parameters<HandoffsService['orderedByMail']>[2] {
  return { storeOrderNumber, totalCents: total?.cents ?? null, currency: total?.currency ?? null, at };
}

/** Whether it may change anything without a question. */
function isTrusted({ isProved, confidence }: OpenFinding): boolean {
  return isProved && confidence >= CERTAIN;
}

function parcelsOf({ told }: OpenFinding): string[] {
  return told.parcels.map(({ trackingNumber }) => trackingNumber.replaceAll(' ', '').toUpperCase());
}

/** A carrier of any parcel of its own; a store of those that it sent. */
function mayTell({ storeDomain, told }: OpenFinding, hosts: string[]): boolean {
  return told.carrier !== null || (storeDomain !== null && isOf(storeDomain, hosts));
}

function candidateOf(handoff: OpenHandoff, domain: string): MatchCandidate {
  return { ...handoff, handoffId: handoff.id, isOfStore: isOf(domain, handoff.hosts) };
}

function isOf(domain: string, hosts: string[]): boolean {
  const own = domainsOfOwner(domain);
  return hosts.some((host) => own.includes(registrable(host)));
}
